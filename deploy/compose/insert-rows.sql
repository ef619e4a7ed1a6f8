-- Of docker-compose.yml: some twenty rows a second in two transactions, until it is ended.
INSERT INTO readings (sensor, value)
SELECT 'sensor-' || n, 20 + 5 * sin(extract(epoch FROM now())::double precision / 60 + n) + random()
FROM generate_series(1, 1 + (random() * 20)::int) AS n
\watch 0.5
