import Insight

/// One question between a score and a page, answered with its numbers.
package struct GateAnswer: Sendable, Equatable {
    package var gate: AlertGate
    /// Nothing was held back here.
    package var passes: Bool
    package var sentence: String
    /// What was found, and what it would have taken; nil where a gate has no number.
    package var found: Double?
    package var needed: Double?

    package init(
        _ gate: AlertGate, passes: Bool, _ sentence: String, found: Double? = nil, needed: Double? = nil
    ) {
        self.gate = gate
        self.passes = passes
        self.sentence = sentence
        self.found = found
        self.needed = needed
    }
}

extension AlertMachine {
    /// Why nobody has been told of a host: every gate in its order. The first that does not pass is the reason; when
    /// all pass, people have been told. `now` is the present: nothing changes by asking.
    package func whyNoAlert(_ host: String, at now: Double) -> [GateAnswer] {
        guard let watch = state.watches[host] else {
            return [GateAnswer(.data, passes: false, "No evaluation of this host has been seen.")]
        }
        let alerts = AlertCondition.allCases.compactMap { state.alerts[AlertKey(host: host, condition: $0)] }
        var answers = [data(watch, at: now)]
        if alerts.isEmpty {
            // The evaluations have decided; what stands in the way is what a person did.
            if watch.level >= rules.from { return answers + [resolved(watch)] }
            answers.append(score(watch))
            answers.append(evaluations(watch))
            return answers
        }
        for alert in alerts { answers += told(of: alert, at: now) }
        return answers
    }

    private func data(_ watch: HostWatch, at now: Double) -> GateAnswer {
        let quiet = (now - watch.heardAt).rounded()
        let limit = silenceSeconds(watch)
        return GateAnswer(
            .data, passes: quiet < limit,
            "The last new sample came \(Int(quiet)) s ago; after \(Int(limit)) s a host is silent.", found: quiet,
            needed: limit)
    }

    private func score(_ watch: HostWatch) -> GateAnswer {
        let floor = rules.floor(rules.from)
        let score = watch.newest.score ?? 0
        let text = "\((score * 10).rounded() / 10)"
        return GateAnswer(
            .score, passes: score >= floor,
            "The score is \(text) (\(rules.level(of: score).name)); "
                + "alerts begin at \(Int(floor)) (\(rules.from.name)).",
            found: score, needed: floor)
    }

    private func evaluations(_ watch: HostWatch) -> GateAnswer {
        let found = watch.reaching(rules.from, rules)
        return GateAnswer(
            .evaluations, passes: found >= rules.rise.needed,
            "\(found) of the last \(rules.rise.of) evaluations reach \(rules.from.name); \(rules.rise.needed) have to.",
            found: Double(found), needed: Double(rules.rise.needed))
    }

    private func resolved(_ watch: HostWatch) -> GateAnswer {
        GateAnswer(
            .resolved, passes: false,
            "A person has resolved its alert at \(watch.level.name): it comes back when it becomes worse, "
                + "or after it has fallen.", found: watch.newest.score)
    }

    private func told(of alert: Alert, at now: Double) -> [GateAnswer] {
        guard let incident = state.incidents[alert.incident] else { return [] }
        var answers: [GateAnswer] = []
        if let since = alert.flappingSince {
            answers.append(
                GateAnswer(
                    .flapping, passes: false,
                    "It comes and goes since \(Int(now - since)) s: changes are told in a digest.", found: now - since))
        }
        let mute = mutes(at: now).first { $0.matcher.covers(alert) }
        for gate in [AlertGate.silence, .maintenance] {
            let holds = mute?.hold.gate == gate
            answers.append(
                GateAnswer(
                    gate, passes: !holds, holds ? "It is muted by \(mute?.hold.why ?? "")." : "No \(gate.rawValue).",
                    found: holds ? mute.map { $0.hold.until - now } : nil))
        }
        if incident.kind != .host, incident.lead != alert.key {
            answers.append(
                GateAnswer(
                    incident.kind == .cascade ? .cascade : .storm, passes: false,
                    "It is told of as one of \(incident.members.count) in incident \(incident.id) (\(incident.key)), "
                        + "which began at \(incident.firstMover).", found: Double(incident.members.count)))
        }
        if let acknowledgement = incident.acknowledgement {
            answers.append(
                GateAnswer(
                    .acknowledged, passes: false,
                    "\(acknowledgement.by) has acknowledged it: nobody else is called.",
                    found: acknowledgement.until - now))
        }
        return answers
    }
}
