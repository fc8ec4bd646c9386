/// What the writer says to the database, by the name of the statement.
enum SQL {
    private static let columns = "server_id, time_ms, boot, sequence, state, \(Schema.each("*"))"
    private static let places = Schema.each("?")

    static let arriveSample =
        "INSERT INTO sample_arrived (\(columns), id, samples_needed) VALUES (?, ?, ?, ?, ?, \(places), ?, ?)"
    static let settleSample =
        "INSERT OR IGNORE INTO sample_settled (\(columns)) VALUES (?, ?, ?, ?, ?, \(places))"
    static let sampleIsSettled =
        "SELECT 1 FROM sample_settled WHERE server_id = ? AND time_ms = ?"
    static let settledSample =
        "SELECT \(columns) FROM sample_settled WHERE server_id = ? AND time_ms = ?"
    static let arrivedSample =
        "SELECT \(columns), samples_needed FROM sample_arrived WHERE id = ?"
    static let dropArrived =
        "DELETE FROM sample_arrived WHERE id <= ?"
    static let addToStep = """
        INSERT INTO step (start, server_id, samples, last_ms, state, samples_needed, \(Schema.each("*_sum, *_n")))
        VALUES (?, ?, ?, ?, ?, ?, \(places), \(places))
        ON CONFLICT DO UPDATE SET
            samples = samples + excluded.samples,
            state = CASE WHEN excluded.last_ms >= last_ms THEN coalesce(excluded.state, state)
                ELSE coalesce(state, excluded.state) END,
            last_ms = max(last_ms, excluded.last_ms),
            samples_needed = min(coalesce(samples_needed, excluded.samples_needed),
                coalesce(excluded.samples_needed, samples_needed)),
            \(Schema.each("*_sum = *_sum + excluded.*_sum, *_n = *_n + excluded.*_n"))
        """
    static let stepIsSealed = """
        SELECT EXISTS (SELECT 1 FROM step WHERE start = ?1 AND server_id = ?2)
            AND NOT EXISTS (SELECT 1 FROM sample_settled WHERE server_id = ?2 AND time_ms >= ?3 AND time_ms < ?4)
        """
    static let saveHost = """
        INSERT INTO host (server_id, name, code, profile, profile_is_explicit, cpus, interval_seconds,
            interval_is_declared, first_ms, labels, agent_status)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (server_id) DO UPDATE SET profile = excluded.profile,
            profile_is_explicit = excluded.profile_is_explicit, cpus = excluded.cpus,
            interval_seconds = excluded.interval_seconds, interval_is_declared = excluded.interval_is_declared,
            first_ms = excluded.first_ms, labels = excluded.labels, agent_status = excluded.agent_status
        """
    static let saveBoot = """
        INSERT INTO boot (number, server_id, boot_id, first_ms, last_ms, first_sequence, last_sequence, received)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms,
            first_sequence = excluded.first_sequence, last_sequence = excluded.last_sequence,
            received = excluded.received
        """
    static let dropBoot =
        "DELETE FROM boot WHERE number = ?"
    static let saveConflict = """
        INSERT INTO conflict
            (server_id, boot_id, other_boot_id, separate_name, first_reported, last_reported, count)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET boot_id = excluded.boot_id, last_reported = excluded.last_reported,
            count = excluded.count
        """
    static let saveForecast = """
        INSERT OR REPLACE INTO forecast (server_id, first_step, history_steps, model, quantiles, voices, explanation)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    static let saveRecord = "INSERT OR REPLACE INTO live_record (server_id, losses) VALUES (?, ?)"
    static let keepForecast = """
        INSERT OR REPLACE INTO forecast_kept
            (first_step, server_id, model, quantiles, model_quantiles, damped_trend)
        VALUES (?, ?, ?, ?, ?, ?)
        """
    static let addAccuracy = """
        INSERT INTO accuracy (hour, model, profile, metric, horizon, pairs, pinball, within,
            \(Schema.simple("*_pairs, *_model, *_simple")))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, \(Schema.simple("?, ?, ?")))
        ON CONFLICT DO UPDATE SET pairs = pairs + excluded.pairs, pinball = pinball + excluded.pinball,
            within = within + excluded.within, \(Schema.simple("""
                *_pairs = *_pairs + excluded.*_pairs, *_model = *_model + excluded.*_model,
                *_simple = *_simple + excluded.*_simple
                """))
        """
    static let saveMark =
        "INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)"
}
