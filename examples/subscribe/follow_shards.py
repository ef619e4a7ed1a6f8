"""Follows an archive without a line of Tidemark: everything here is said by docs/events/ and docs/reading.md.

  pip install confluent-kafka zstandard
  python3 follow_shards.py BROKERS NAME ARCHIVE_FOLDER STORE.sqlite

Each shard's rows are counted into a database of its own, together with the offset behind the event, in one transaction.
The database says where to go on, so each shard is in it once, however often this program is killed.
"""
import hashlib, json, pathlib, signal, sqlite3, sys, tarfile
import confluent_kafka, zstandard


def open_store(path):
    store = sqlite3.connect(path)
    store.execute('CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER)')
    store.execute('CREATE TABLE IF NOT EXISTS shards (id TEXT PRIMARY KEY, name TEXT, row_count INTEGER, uids TEXT)')
    store.commit()
    return store


def open_consumer(brokers, topic, next_offset):
    consumer = confluent_kafka.Consumer({
        'bootstrap.servers': brokers,
        'group.id': 'unused',  # the store keeps the position
        'enable.auto.commit': False,
        'isolation.level': 'read_committed',
        'auto.offset.reset': 'error',  # never pass over events that are kept no more
        'fetch.wait.max.ms': 100,
    })
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, next_offset)])
    return consumer


def read_uids(archive, shard):
    """The uid of every row, once the file is known to be the one that was announced."""
    path = pathlib.Path(archive, shard['name'])
    if hashlib.sha256(path.read_bytes()).hexdigest() != shard['sha256']:
        raise SystemExit(f'{path} is not what was announced')
    with path.open('rb') as file:
        content = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        with tarfile.open(fileobj=content, mode='r|') as tar:
            return [json.loads(line)['uid'] for line in tar.extractfile(tar.next())]


def main(brokers, name, archive, store_path):
    store = open_store(store_path)
    row = store.execute('SELECT next FROM progress').fetchone()
    consumer = open_consumer(brokers, f'{name}.shards', row[0] if row else confluent_kafka.OFFSET_BEGINNING)
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    print('following', flush=True)
    while not ending:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise SystemExit(str(message.error()))
        event = json.loads(message.value())
        with store:  # one transaction
            store.execute('INSERT INTO progress VALUES (1, ?) ON CONFLICT DO UPDATE SET next = excluded.next',
                          (message.offset() + 1,))
            if event['type'] == 'tidemark.shard.created.v1':
                shard = event['data']['shard']
                uids = read_uids(archive, shard)
                # After `tidemark adjust` an event may be told again: its id is the same.
                store.execute('INSERT INTO shards VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
                              (event['id'], shard['name'], len(uids), json.dumps(uids)))
        if event['type'] == 'tidemark.shard.created.v1':
            print(event['data']['shard']['name'], flush=True)
    consumer.close()


if __name__ == '__main__':
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
