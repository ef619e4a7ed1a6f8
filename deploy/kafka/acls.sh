#!/bin/sh
# Least privilege at Kafka: what each way of using an archive may do, and nothing else. Run by an administrator of the
# cluster; safe to repeat. Users are principals as the brokers name them: `User:capture` after SASL, `User:CN=…` after TLS.
#
#   BOOTSTRAP=kafka:9093 COMMAND_CONFIG=admin.properties NAME=tidemark TABLES="public.files public.orders" \
#   INIT=User:tidemark-init CAPTURE=User:tidemark-capture ARCHIVE=User:tidemark-archive \
#   READER=User:tidemark-reader CLEANUP=User:tidemark-cleanup SUBSCRIBER=User:billing SUBSCRIBER_GROUP=billing \
#   sh acls.sh
#
# A role without a principal is left out. NAME and TABLES are those of tidemark.yaml. KAFKA_ACLS names the tool when it
# is not on the PATH. `tidemark run` is capture and archive in one: give both the same principal.
set -eu

: "${BOOTSTRAP:?host:port of a broker}" "${TABLES:?the names of the tables}"
NAME=${NAME:-tidemark}

allow() { # principal, pattern type, arguments of kafka-acls.sh
  principal=$1 pattern=$2
  shift 2
  "${KAFKA_ACLS:-kafka-acls.sh}" --bootstrap-server "$BOOTSTRAP" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} \
    --add --force --allow-principal "$principal" --resource-pattern-type "$pattern" "$@"
}

rows() { for table in $TABLES; do printf -- '--topic %s.%s ' "$NAME" "$table"; done; }

# `tidemark init`: makes the topics and sets their retention.
if [ -n "${INIT:-}" ]; then
  allow "$INIT" prefixed --topic "$NAME." \
    --operation Create --operation Describe --operation DescribeConfigs --operation AlterConfigs
fi

# Capture: writes rows and marks, and its own position beside them (committing an offset of a topic is a Read of it).
if [ -n "${CAPTURE:-}" ]; then
  # shellcheck disable=SC2046 # one word for each option
  allow "$CAPTURE" literal $(rows) --operation Read --operation Write --operation DescribeConfigs
  allow "$CAPTURE" literal --topic "$NAME.shards" --operation Read --operation DescribeConfigs
  allow "$CAPTURE" literal --topic "$NAME.rejects" --operation Describe --operation DescribeConfigs
  allow "$CAPTURE" literal --group "$NAME-capture" --operation Read
  allow "$CAPTURE" literal --transactional-id "$NAME-capture" --operation Write
fi

# Archive: reads rows, announces shards and rejects. Its metrics read the marks in short-lived groups of their own.
if [ -n "${ARCHIVE:-}" ]; then
  # shellcheck disable=SC2046
  allow "$ARCHIVE" literal $(rows) --operation Read --operation DescribeConfigs
  allow "$ARCHIVE" literal --topic "$NAME.shards" --topic "$NAME.rejects" --operation Write --operation DescribeConfigs
  allow "$ARCHIVE" literal --group "$NAME-archive" --operation Read
  allow "$ARCHIVE" prefixed --group "$NAME-archive-status-" --operation Read --operation Delete
  allow "$ARCHIVE" prefixed --transactional-id "$NAME-archive." --operation Write
fi

# Reader: `tidemark status`, `explain`, `events`. Looks at the groups of the others, and reads in short-lived ones.
if [ -n "${READER:-}" ]; then
  allow "$READER" prefixed --topic "$NAME." --operation Read --operation DescribeConfigs
  allow "$READER" prefixed --group "$NAME-" --operation Describe
  for group in "$NAME-archive-status-" "$NAME-archive-explain-" "$NAME.shards-reader-" "$NAME.rejects-reader-"; do
    allow "$READER" prefixed --group "$group" --operation Read --operation Delete
  done
fi

# Clean-up: follows the announcements in groups of its own, and asks how far the archive has committed.
if [ -n "${CLEANUP:-}" ]; then
  # shellcheck disable=SC2046
  allow "$CLEANUP" literal $(rows) --operation Describe --operation DescribeConfigs
  allow "$CLEANUP" literal --topic "$NAME.shards" --operation Read --operation DescribeConfigs
  allow "$CLEANUP" literal --topic "$NAME.rejects" --operation Describe --operation DescribeConfigs
  allow "$CLEANUP" literal --group "$NAME-archive" --operation Describe
  allow "$CLEANUP" prefixed --group "$NAME-cleanup." --operation Read
  allow "$CLEANUP" prefixed --group "$NAME.shards-cleanup-" --operation Read --operation Delete
fi

# Subscriber: reacts to shards in a group of its own name.
if [ -n "${SUBSCRIBER:-}" ]; then
  allow "$SUBSCRIBER" literal --topic "$NAME.shards" --operation Read
  allow "$SUBSCRIBER" literal --group "${SUBSCRIBER_GROUP:?the group of the subscriber}" --operation Read
fi
