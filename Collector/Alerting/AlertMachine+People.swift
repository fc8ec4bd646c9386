import Insight
package import Telemetry

/// Why something that was asked of an alert is not done.
package enum AlertActionError: Error, Equatable {
    case unknown(Int64)
    /// It is over: nothing is left to acknowledge or resolve.
    case ended(Int64)
    case wrong(AlertInputError)
}

/// What people do. Everything is done at the moment that is handed in, after what was due before it.
extension AlertMachine {
    /// Somebody sees to it: nobody else is called until the acknowledgement ends or it becomes worse. It holds for the
    /// whole incident of the alert.
    package mutating func acknowledge(
        _ id: Int64, by person: String, forSeconds seconds: Double? = nil, note: String? = nil, at moment: Double
    ) throws(AlertActionError) {
        advance(to: moment)
        let alert = try openAlert(id)
        guard var incident = state.incidents[alert.incident] else { throw .unknown(id) }
        let seconds = seconds ?? rules.acknowledgedSeconds
        guard seconds > 0, seconds <= rules.acknowledgedSecondsMax else {
            throw .wrong(
                AlertInputError(
                    "seconds", found: "\(seconds)", rule: "be at most \(Int(rules.acknowledgedSecondsMax))",
                    mend: "acknowledge it again when it ends"))
        }
        let (who, text) = try Self.checked(person, note)
        incident.acknowledgement = Incident.Acknowledgement(
            by: who, at: now, until: now + seconds, level: incident.level, note: text)
        keep(incident)
        record(.acknowledged, alert, at: now, by: who, note: text)
        if incident.told != nil { tell(.acknowledge, incident, at: now, by: who, note: text) }
    }

    /// Somebody says that it is over. It does not come back unless it becomes worse, or has fallen and risen again.
    package mutating func resolve(
        _ id: Int64, by person: String, note: String? = nil, at moment: Double
    ) throws(AlertActionError) {
        advance(to: moment)
        let alert = try openAlert(id)
        let (who, text) = try Self.checked(person, note)
        end(alert, at: now, by: who, note: text)
        settleTouched(at: now)
    }

    /// Was there trouble? For an alert that is over, its stored value is handed in.
    package mutating func judge(
        _ id: Int64, _ verdict: AlertVerdict, by person: String, note: String? = nil, stored: Alert?,
        at moment: Double
    ) throws(AlertActionError) {
        advance(to: moment)
        let known = state.alerts.values.first { $0.id == id } ?? state.ended.values.first { $0.id == id }
        guard var alert = known ?? stored else { throw .unknown(id) }
        let (who, text) = try Self.checked(person, note)
        alert.verdict = verdict
        alert.verdictBy = who
        alert.verdictAt = now
        if state.alerts[alert.key]?.id == id { state.alerts[alert.key] = alert }
        if state.ended[alert.key]?.id == id { state.ended[alert.key] = alert }
        changes.alerts[id] = alert
        let words = text.map { "\(verdict.rawValue): \($0)" } ?? verdict.rawValue
        record(.verdict, alert, at: now, by: who, note: words)
    }

    private func openAlert(_ id: Int64) throws(AlertActionError) -> Alert {
        if let alert = state.alerts.values.first(where: { $0.id == id }) { return alert }
        throw id > 0 && id < state.nextAlert ? .ended(id) : .unknown(id)
    }

    private static func checked(
        _ person: String, _ note: String?
    ) throws(AlertActionError) -> (String, String?) {
        do throws(AlertInputError) {
            let who = try AlertInputError.text("by", person, atMost: 128)
            guard let note else { return (who, nil) }
            return (who, try AlertInputError.text("note", note, atMost: 1000))
        } catch {
            throw .wrong(error)
        }
    }

    // MARK: Mutes

    /// Replaces all silences and windows, and looks again at what they hold or held.
    package mutating func setMutes(
        silences: [Int64: Silence], maintenance: [Int64: MaintenanceWindow], at moment: Double
    ) {
        advance(to: moment)
        state.silences = silences
        state.maintenance = maintenance
        for (id, incident) in state.incidents where incident.heldBy != nil { touched.insert(id) }
        settleTouched(at: now)
    }

    /// The maintenance window that a host is in; nil when it is in none.
    package func maintenance(
        ofHost host: String, profile: Profile, labels: [String: String], at time: Double
    ) -> MaintenanceWindow? {
        if state.maintenance.isEmpty { return nil }
        return state.maintenance.sorted { $0.key < $1.key }.map(\.value).first { window in
            window.end(ifActiveAt: time) != nil
                && window.matcher.covers(host: host, profile: profile, labels: labels)
        }
    }
}
