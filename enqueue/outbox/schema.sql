-- The outbox of octoq. It may be run again and again: what is there stays as it is.
-- PostgreSQL 12 or newer. Run it in one transaction.

SELECT pg_advisory_xact_lock(7093468153);

-- Campaigns on their way to Redis. Whoever may insert here sends messages.
CREATE TABLE IF NOT EXISTS octoq_outbox (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign   jsonb NOT NULL,
  who        text NOT NULL DEFAULT '', -- enqueued_by; when it is empty, the relay's own name
  account    text GENERATED ALWAYS AS (coalesce(campaign ->> 'account', 'default')) STORED,
  id         text GENERATED ALWAYS AS (campaign ->> 'id') STORED,
  wholesale  boolean GENERATED ALWAYS AS ((campaign ->> 'purpose') IS DISTINCT FROM 'alert') STORED,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tries      integer NOT NULL DEFAULT 0,
  retry_at   timestamptz NOT NULL DEFAULT '-infinity',
  problem    text NOT NULL DEFAULT '', -- why the last try failed
  trace      text NOT NULL DEFAULT '', -- W3C's traceparent of the enqueueing
  CONSTRAINT octoq_outbox_order UNIQUE (wholesale, seq), -- alerts overtake
  CONSTRAINT octoq_outbox_has_id CHECK (jsonb_typeof(campaign) = 'object' AND coalesce(campaign ->> 'id', '') <> ''),
  CONSTRAINT octoq_outbox_size CHECK (octet_length(campaign::text) <= 65536 AND octet_length(who) <= 128),
  CONSTRAINT octoq_outbox_trace CHECK (octet_length(trace) <= 255)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What was refused for good, for people to read, correct and try again.
CREATE TABLE IF NOT EXISTS octoq_outbox_refused (
  seq        bigint PRIMARY KEY, -- what it was in octoq_outbox
  campaign   jsonb NOT NULL,
  who        text NOT NULL,
  account    text GENERATED ALWAYS AS (coalesce(campaign ->> 'account', 'default')) STORED,
  id         text GENERATED ALWAYS AS (campaign ->> 'id') STORED,
  created_at timestamptz NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason     text NOT NULL,
  trace      text NOT NULL DEFAULT ''
);

-- Tables of a version that knew nothing of traces.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attname = 'trace' AND attrelid = 'octoq_outbox'::regclass) THEN
    ALTER TABLE octoq_outbox ADD COLUMN trace text NOT NULL DEFAULT '',
      ADD CONSTRAINT octoq_outbox_trace CHECK (octet_length(trace) <= 255);
    ALTER TABLE octoq_outbox_refused ADD COLUMN trace text NOT NULL DEFAULT '';
  END IF;
END $$;

-- Wakes the relays when a transaction with campaigns commits. Such commits wait for
-- each other in PostgreSQL; where that is too slow, disable the trigger: relays look
-- once a second anyway.
CREATE OR REPLACE FUNCTION octoq_outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('octoq_outbox', '');
  RETURN NULL;
END $$;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'octoq_outbox_wake' AND tgrelid = 'octoq_outbox'::regclass) THEN
    CREATE TRIGGER octoq_outbox_wake AFTER INSERT ON octoq_outbox FOR EACH STATEMENT EXECUTE FUNCTION octoq_outbox_wake();
  END IF;
END $$;
