#!/usr/bin/env bash
# The peer: what most teams run today. SELECT a batch of rows, tar their files, compress, UPDATE the batch, again.
# Like most, it neither looks at the files first nor syncs, hashes or indexes what it has written.
# Arguments: URL of the database, rows in a batch, folder for the archives, and the time up to which rows are archived.
# Prints what each part took, as JSON.
set -euo pipefail
url=$1 batch_rows=$2 folder=$3 cutoff=$4
batch=$folder/batch.tsv
select_us=0 pack_us=0 update_us=0 files=0 batches=0
micros() { echo "${EPOCHREALTIME/[.,]/}"; }

while :; do
  began=$(micros)
  psql -qAtX -v ON_ERROR_STOP=1 -F $'\t' -c "SELECT uid, file_location FROM files WHERE created_at <= '$cutoff' AND archived = FALSE ORDER BY created_at LIMIT $batch_rows" "$url" > "$batch"
  selected=$(micros)
  select_us=$((select_us + selected - began))
  [ -s "$batch" ] || break
  batches=$((batches + 1))
  cut -f 2 "$batch" | tar -c -P -f - -T - | zstd -q -3 -T0 -o "$folder/$(printf '%07d' "$batches").tar.zst"
  packed=$(micros)
  pack_us=$((pack_us + packed - selected))
  {
    echo "UPDATE files SET archived = TRUE WHERE uid IN ("
    cut -f 1 "$batch" | sed "s/'/''/g; s/.*/'&'/; \$!s/\$/,/"
    echo ");"
  } | psql -qX -v ON_ERROR_STOP=1 "$url"
  files=$((files + $(wc -l < "$batch")))
  update_us=$((update_us + $(micros) - packed))
done
rm -f "$batch"
echo "{\"selectUs\": $select_us, \"packUs\": $pack_us, \"updateUs\": $update_us, \"files\": $files, \"batches\": $batches}"
