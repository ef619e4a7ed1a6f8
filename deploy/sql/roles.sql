-- Least privilege: one role for each way of using the database. Run once by a superuser, with psql variables:
--   psql -v database=app -v schema=public -v table=files \
--        -v capture_role=tidemark_capture -v capture_password=… \
--        -v archive_role=tidemark_archive -v archive_password=… \
--        -v reader_role=tidemark_reader   -v reader_password=… -f roles.sql
-- Before it, `tidemark init` has run as the table's owner (it makes publication, slot and des_archive_config).

-- Capture: reads the slot, the table (for the snapshot) and other sessions' transaction times (for the marks).
CREATE ROLE :"capture_role" LOGIN REPLICATION PASSWORD :'capture_password';
GRANT pg_read_all_stats TO :"capture_role";
GRANT CONNECT ON DATABASE :"database" TO :"capture_role";
GRANT USAGE ON SCHEMA :"schema" TO :"capture_role";
GRANT SELECT ON :"schema".:"table" TO :"capture_role";
GRANT SELECT ON des_archive_config TO :"capture_role";

-- Archive: moves the watermark, and nothing else. It never sees the source table.
CREATE ROLE :"archive_role" LOGIN PASSWORD :'archive_password';
GRANT CONNECT ON DATABASE :"database" TO :"archive_role";
GRANT SELECT, UPDATE ON des_archive_config TO :"archive_role";

-- Reader: `tidemark status`.
CREATE ROLE :"reader_role" LOGIN PASSWORD :'reader_password';
GRANT CONNECT ON DATABASE :"database" TO :"reader_role";
GRANT SELECT ON des_archive_config TO :"reader_role";
