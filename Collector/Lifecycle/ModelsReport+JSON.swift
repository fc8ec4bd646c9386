package import Telemetry

extension ModelsReport.Model {
    /// `isWhole`: with everything that its card says.
    package func write(to json: inout JSONWriter, isWhole: Bool = false) {
        json.object { json in
            json.member("id", id)
            json.member("role", role.rawValue)
            json.member("label", card?.label)
            json.member("digest", card?.digest)
            json.member("added_at", addedAt)
            json.member("made_at", card?.madeAt)
            json.member("from", card?.from)
            json.member("to", card?.to)
            json.member("hosts", card?.hosts)
            json.member("hosts_held_out", card?.heldOut)
            json.member("parameters", card?.parameters)
            json.member("training") { json in
                json.array { json in for score in card?.scores ?? [] { score.write(to: &json) } }
            }
            json.member("live") { json in
                guard let live else { return json.value(nil as Double?) }
                json.object { json in
                    json.member("skill", live.skill)
                    json.member("over", live.simple)
                    json.member("pairs", live.pairs)
                }
            }
            json.member("problem", problem ?? card?.problem)
            guard isWhole else { return }
            json.member("command", card?.command)
            json.member("inputs") { json in
                guard let inputs = card?.inputs else { return json.value(nil as Double?) }
                inputs.write(to: &json)
            }
        }
    }
}

extension ModelCard.Score {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("over", over)
            json.member("loss", model)
            json.member("persistence", persistence)
            json.member("yesterday", yesterday)
            json.member("skill", skill)
        }
    }
}

extension ModelsReport.Trial {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("since", since)
            json.member("loss_ratio", numbers.ratio)
            json.member("loss_ratio_by_horizon") { json in
                json.object { json in
                    for (steps, ratio) in numbers.byHorizon.sorted(by: { $0.key < $1.key }) {
                        json.member("\(steps * 5)", ratio)
                    }
                }
            }
            json.member("pairs", numbers.pairs)
            json.member("hours", numbers.hours)
            json.member("why", why)
            json.member("run_seconds", seconds)
            json.member("champion_run_seconds", championSeconds)
        }
    }
}

extension ModelsReport.Retraining {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("state", state.rawValue)
            json.member("since", since)
            json.member("next_at", nextAt)
            json.member("why", why)
        }
    }
}

extension DriftReport {
    /// The members of an answer.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("days", days)
        json.member("model", model)
        json.member("reference", reference?.rawValue)
        json.member("words", words)
        json.member("index", now?.index)
        json.member("state", now?.state?.rawValue)
        json.member("skill", now?.skill)
        json.member("skill_lost", skillLost)
        json.member("metrics") { json in
            json.object { json in
                for (name, index) in (now?.metrics ?? [:]).sorted(by: { $0.key < $1.key }) {
                    json.member(name) { json in
                        json.object { json in
                            json.member("index", index)
                            json.member("state", DriftState(index: index).rawValue)
                        }
                    }
                }
            }
        }
        json.member("history") { json in json.array { json in for hour in hours { hour.write(to: &json) } } }
    }
}

extension DriftReport.Hour {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("hour", hour)
            json.member("model", model)
            json.member("index", index)
            json.member("state", state?.rawValue)
            json.member("skill", skill)
            json.member("metrics") { json in
                json.object { json in
                    for (name, index) in metrics.sorted(by: { $0.key < $1.key }) { json.member(name, index) }
                }
            }
        }
    }
}
