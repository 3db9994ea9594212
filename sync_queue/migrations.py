"""The schema, as the steps that lead to it. A step that was released is never changed: add another one."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # One row for each scene: ten edits while Plex is down are one sync. It holds an intent and no payload.
        """CREATE TABLE jobs (
            scene_id INTEGER PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'waiting_for_plex', 'held')),
            trigger TEXT NOT NULL,
            priority INTEGER NOT NULL,
            due_at REAL NOT NULL,
            again_at REAL,
            generation INTEGER NOT NULL DEFAULT 1,
            claimed_generation INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            queued_at REAL NOT NULL,
            changed_at REAL NOT NULL,
            waiting_since REAL,
            deleted INTEGER NOT NULL DEFAULT 0,
            force INTEGER NOT NULL DEFAULT 0,
            last_error_type TEXT,
            last_error TEXT,
            title TEXT NOT NULL DEFAULT '',
            path TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX jobs_ready ON jobs (state, priority, due_at)",
        "CREATE INDEX jobs_waiting ON jobs (state, waiting_since)",
        """CREATE TABLE wait_names (
            scene_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            name TEXT NOT NULL,
            PRIMARY KEY (name, scene_id)
        ) WITHOUT ROWID""",
        "CREATE INDEX wait_names_scene ON wait_names (scene_id)",
        """CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY,
            scene_id INTEGER NOT NULL UNIQUE,
            trigger TEXT NOT NULL,
            error_type TEXT NOT NULL,
            error_message TEXT NOT NULL,
            stack_trace TEXT NOT NULL,
            retry_count INTEGER NOT NULL,
            title TEXT NOT NULL,
            path TEXT NOT NULL,
            hint TEXT NOT NULL,
            died_at REAL NOT NULL,
            job TEXT NOT NULL,
            name TEXT NOT NULL
        )""",
        # The name is the folded base name of the path: an item of that name appears in Plex, and the cause may be over.
        "CREATE INDEX dead_letters_type ON dead_letters (error_type, name)",
        "CREATE INDEX dead_letters_time ON dead_letters (died_at)",
        """CREATE TABLE ledger (
            server TEXT NOT NULL,
            rating_key INTEGER NOT NULL,
            scene_id INTEGER NOT NULL,
            section_id INTEGER NOT NULL,
            state_hash TEXT,
            record TEXT NOT NULL,
            listing_digest TEXT,
            synced_at REAL,
            PRIMARY KEY (server, rating_key)
        ) WITHOUT ROWID""",
        "CREATE INDEX ledger_scene ON ledger (scene_id)",
        # What an item was before its first write: it cannot be had later.
        """CREATE TABLE snapshots (
            server TEXT NOT NULL,
            rating_key INTEGER NOT NULL,
            taken_at REAL NOT NULL,
            item TEXT NOT NULL,
            PRIMARY KEY (server, rating_key)
        ) WITHOUT ROWID""",
        """CREATE TABLE runners (
            kind TEXT PRIMARY KEY CHECK (kind IN ('drain', 'ask', 'probe')),
            token TEXT NOT NULL,
            pid INTEGER NOT NULL,
            at REAL NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE said (
            id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            level TEXT NOT NULL CHECK (level IN ('t', 'd', 'i', 'w', 'e')),
            component TEXT NOT NULL,
            message TEXT NOT NULL
        )""",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        # What a line is about (drain, scene, error type), for a log in JSON.
        "ALTER TABLE said ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'",
    ),
    (
        # What is common to all scenes with the same trouble (sync_queue/causes.py); of older letters the message is all there is.
        "ALTER TABLE dead_letters ADD COLUMN cause TEXT NOT NULL DEFAULT ''",
        "UPDATE dead_letters SET cause = substr(error_message, 1, 200)",
        "CREATE INDEX dead_letters_cause ON dead_letters (error_type, cause, died_at)",
        # Letters that are gone, until a drain has told of them. Whoever closes one (a hook, say) cannot emit an event.
        """CREATE TABLE closed_letters (
            id INTEGER PRIMARY KEY,
            scene_id INTEGER NOT NULL UNIQUE,
            error_type TEXT NOT NULL,
            cause TEXT NOT NULL,
            title TEXT NOT NULL,
            path TEXT NOT NULL,
            died_at REAL NOT NULL,
            closed_at REAL NOT NULL,
            trigger TEXT NOT NULL
        )""",
        # Field → [outcome, when, when it was last written]: the last result of each, for "explain".
        "ALTER TABLE ledger ADD COLUMN outcomes TEXT NOT NULL DEFAULT '{}'",
        # The journal: each field that was written, with its old and its new value as JSON. ``done`` is 0 from the
        # moment before the write until Plex was seen to show something; bounded by number and age.
        """CREATE TABLE changes (
            id INTEGER PRIMARY KEY,
            server TEXT NOT NULL,
            rating_key INTEGER NOT NULL,
            scene_id INTEGER NOT NULL,
            drain_id TEXT NOT NULL,
            at REAL NOT NULL,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            done INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX changes_scene ON changes (scene_id, id)",
        "CREATE INDEX changes_open ON changes (server, rating_key) WHERE done = 0",
        # The last result of each of the scenes that were worked last, and the last drains: written by an observer.
        """CREATE TABLE results (
            scene_id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            drain_id TEXT NOT NULL,
            trigger TEXT NOT NULL,
            result TEXT NOT NULL,
            title TEXT NOT NULL,
            path TEXT NOT NULL,
            detail TEXT NOT NULL
        )""",
        "CREATE INDEX results_time ON results (at)",
        """CREATE TABLE drains (
            drain_id TEXT PRIMARY KEY,
            runner TEXT NOT NULL,
            started_at REAL NOT NULL,
            seen_at REAL NOT NULL,
            finished_at REAL,
            reason TEXT NOT NULL DEFAULT '',
            message TEXT NOT NULL DEFAULT '',
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            counts TEXT NOT NULL DEFAULT '{}'
        ) WITHOUT ROWID""",
        "CREATE INDEX drains_time ON drains (started_at)",
    ),
    (
        # Who looks every second must not read 100,000 records to count them, nor every letter to name a folder.
        "CREATE INDEX ledger_synced ON ledger (synced_at)",
        "CREATE INDEX dead_letters_place ON dead_letters (error_type, cause, path)",
    ),
    (
        # Figures of each hour, as JSON that adds up: written by an observer, bounded by number.
        "CREATE TABLE hours (at INTEGER PRIMARY KEY, figures TEXT NOT NULL)",
        "CREATE INDEX changes_field ON changes (field, id)",
    ),
    (
        # Which item shows a scene, where a person has said so. The path is the item's file, in case Plex takes it up anew.
        """CREATE TABLE pins (
            server TEXT NOT NULL,
            scene_id INTEGER NOT NULL,
            rating_key INTEGER NOT NULL,
            path TEXT NOT NULL,
            pinned_at REAL NOT NULL,
            PRIMARY KEY (scene_id, server),
            UNIQUE (server, rating_key)
        ) WITHOUT ROWID""",
    ),
    (
        # A performer, studio, tag or group has changed: which scenes show it is found out by the next drain. ``change`` is
        # what of it: shown (its name), photo, parents, or gone. ``after`` is the last scene that was queued for it.
        """CREATE TABLE errands (
            kind TEXT NOT NULL CHECK (kind IN ('performer', 'studio', 'tag', 'group')),
            id INTEGER NOT NULL,
            change TEXT NOT NULL CHECK (change IN ('shown', 'photo', 'parents', 'gone')),
            trigger TEXT NOT NULL,
            due_at REAL NOT NULL,
            generation INTEGER NOT NULL DEFAULT 1,
            after INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (kind, id)
        ) WITHOUT ROWID""",
        "CREATE INDEX errands_due ON errands (due_at)",
        # Whom an item's scene showed when it was synced, as in " performer:3 tag:5 ": once one of them is deleted in
        # Stash, nobody else knows. The index holds all that such a search reads.
        "ALTER TABLE ledger ADD COLUMN shows TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX ledger_shows ON ledger (scene_id, shows)",
    ),
    (
        # What was last brought from an item to its scene (sync_queue/pulled.py): by it the next look knows what is new.
        """CREATE TABLE pulled (
            server TEXT NOT NULL,
            rating_key INTEGER NOT NULL,
            scene_id INTEGER NOT NULL,
            rating REAL NOT NULL,
            plays INTEGER NOT NULL,
            viewed_at REAL NOT NULL,
            resume_s REAL NOT NULL,
            stash_resume_s REAL NOT NULL,
            PRIMARY KEY (server, rating_key)
        ) WITHOUT ROWID""",
    ),
    (
        # One more state, ``previewed``: a dry run has looked at it. SQLite cannot alter a CHECK, so the table is made anew;
        # dropping the old one would take the names along, which refer to it.
        "CREATE TABLE kept_names AS SELECT scene_id, name FROM wait_names",
        "DROP TABLE wait_names",
        """CREATE TABLE jobs_anew (
            scene_id INTEGER PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'waiting_for_plex', 'held', 'previewed')),
            trigger TEXT NOT NULL,
            priority INTEGER NOT NULL,
            due_at REAL NOT NULL,
            again_at REAL,
            generation INTEGER NOT NULL DEFAULT 1,
            claimed_generation INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            queued_at REAL NOT NULL,
            changed_at REAL NOT NULL,
            waiting_since REAL,
            deleted INTEGER NOT NULL DEFAULT 0,
            force INTEGER NOT NULL DEFAULT 0,
            last_error_type TEXT,
            last_error TEXT,
            title TEXT NOT NULL DEFAULT '',
            path TEXT NOT NULL DEFAULT ''
        )""",
        """INSERT INTO jobs_anew SELECT scene_id, state, trigger, priority, due_at, again_at, generation, claimed_generation,
            attempts, queued_at, changed_at, waiting_since, deleted, force, last_error_type, last_error, title, path FROM jobs""",
        "DROP TABLE jobs",
        "ALTER TABLE jobs_anew RENAME TO jobs",
        "CREATE INDEX jobs_ready ON jobs (state, priority, due_at)",
        "CREATE INDEX jobs_waiting ON jobs (state, waiting_since)",
        """CREATE TABLE wait_names (
            scene_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
            name TEXT NOT NULL,
            PRIMARY KEY (name, scene_id)
        ) WITHOUT ROWID""",
        "INSERT INTO wait_names (scene_id, name) SELECT scene_id, name FROM kept_names",
        "CREATE INDEX wait_names_scene ON wait_names (scene_id)",
        "DROP TABLE kept_names",
    ),
    (
        # A restore asks for the changes of an item, and for those of a run.
        "CREATE INDEX changes_item ON changes (server, rating_key, id) WHERE done = 1",
        "CREATE INDEX changes_drain ON changes (drain_id, server, rating_key, id) WHERE done = 1",
    ),
    (
        # What the journal's scenes are called (sync_queue/names.py): at first what their last results say, or the title that
        # was written last. A scene goes with the last row that the journal has of it, whoever takes that away.
        "CREATE TABLE scene_names (scene_id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        """INSERT INTO scene_names (scene_id, name)
        SELECT scene_id, folded(replace(coalesce(
            (SELECT title || char(10) || path FROM results WHERE results.scene_id = known.scene_id),
            (SELECT trim(new, '"') FROM changes WHERE changes.scene_id = known.scene_id AND field = 'title'
             ORDER BY id DESC LIMIT 1),
            ''), '\\', '/'))
        FROM (SELECT DISTINCT scene_id FROM changes) AS known""",
        """CREATE TRIGGER changes_gone AFTER DELETE ON changes BEGIN
            DELETE FROM scene_names
            WHERE scene_id = OLD.scene_id AND NOT EXISTS (SELECT 1 FROM changes WHERE scene_id = OLD.scene_id);
        END""",
    ),
    (
        # A search for words of title or path reads every letter's, and must not walk through their stack traces for it.
        "DROP INDEX dead_letters_place",
        "CREATE INDEX dead_letters_place ON dead_letters (error_type, cause, path, title, scene_id, died_at)",
    ),
)
