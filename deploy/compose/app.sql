-- Of docker-compose.yml: a database of its own, so that it is in nobody's way.
CREATE DATABASE app;
\connect app

CREATE TABLE readings (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  sensor     text        NOT NULL,
  value      double precision NOT NULL
);
CREATE INDEX ON readings (created_at);
