import Daemon
package import Forecasting
import Glibc
import TFT
import Telemetry

extension Trainer {
    /// Writes the best parameters as a model folder, `model.safetensors` and `config.json`, each whole or not at all.
    /// `result` and `notes` are its card.
    package func write(
        folder: String, _ result: TrainerResult, calibration: Calibration? = nil, notes: [(String, String)] = []
    ) throws(Fault) {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw .checkpoint(file: folder, reason: String(cString: strerror(errno)))
        }
        let weights = best.safetensors()
        let config = configBytes(result, calibration, notes, weightsDigest: Safetensors.digest(of: weights))
        // A kill between the two leaves a configuration that names other weights, and loading says so.
        for (name, bytes) in [(TFTModel.weightsName, weights), (TFTModel.configName, config)] {
            do throws(FileWriteError) { try writeFile(bytes, to: "\(folder)/\(name)") } catch {
                throw .checkpoint(file: "\(folder)/\(name)", reason: error.reason)
            }
        }
    }

    private func configBytes(
        _ result: TrainerResult, _ calibration: Calibration?, _ notes: [(String, String)], weightsDigest: String
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            network(&json)
            json.member("format", 1)
            json.member(TFTModel.weightsField, weightsDigest)
            json.member("step_seconds", table.stepSeconds)
            json.member("dropout", Double(settings.dropout))
            json.member("parameters", model.layout.count)
            scaling(&json)
            if let calibration { write(calibration, &json) }
            json.member("classes") { json in
                json.object { json in
                    for classes in [spec.seriesClasses, spec.stepClasses].compactMap({ $0 }) {
                        json.member(classes.name) { json in
                            json.object { json in
                                json.member("nan", 0)
                                for (i, word) in classes.words.enumerated() { json.member(word, i + 1) }
                            }
                        }
                    }
                }
            }
            json.member("training") { json in card(&json, result, notes) }
        }
        return json.bytes
    }

    private func network(_ json: inout JSONWriter) {
        func list(_ name: String, _ words: [String]) {
            json.member(name) { json in json.array { json in for word in words { json.value(word) } } }
        }
        json.member("hidden_size", config.hidden)
        json.member("hidden_continuous_size", config.hiddenContinuous)
        json.member("lstm_layers", config.lstmLayers)
        json.member("attention_head_size", config.heads)
        json.member("max_encoder_length", config.encoderSteps)
        json.member("max_prediction_length", config.decoderSteps)
        list("static_categoricals", config.staticCategoricals.map(\.name))
        list("static_reals", config.staticReals)
        list("time_varying_categoricals_encoder", config.encoderCategoricals.map(\.name))
        list("time_varying_categoricals_decoder", [])
        list("time_varying_reals_encoder", config.encoderReals)
        list("time_varying_reals_decoder", config.decoderReals)
        list("x_reals", config.realColumns)
        list("x_categoricals", config.categoricalColumns)
        list("targets", config.targets)
        json.member("embedding_sizes") { json in
            json.object { json in
                for variable in config.staticCategoricals + config.encoderCategoricals {
                    json.member(variable.name) { json in
                        json.array { json in
                            json.value(variable.classes)
                            json.value(variable.width)
                        }
                    }
                }
            }
        }
        json.member("share_single_variable_networks", false)
        json.member("causal_attention", config.isCausal)
        json.member("mask_bias", -1e9)
        json.member("quantiles") { json in json.array { json in for q in config.quantiles { json.value(q) } } }
        json.member("output_size") { json in
            json.array { json in for _ in config.targets { json.value(config.quantileCount) } }
        }
    }

    private func scaling(_ json: inout JSONWriter) {
        json.member("scalers") { json in
            json.object { json in
                for (name, scaler) in spec.scalers.sorted(by: { $0.key < $1.key }) {
                    json.member(name) { json in
                        json.object { json in
                            json.member("centre", Double(scaler.centre))
                            json.member("scale", Double(scaler.scale))
                            if scaler.limit.isFinite { json.member("limit", Double(scaler.limit)) }
                        }
                    }
                }
            }
        }
        json.member("target_scaling") { json in
            json.object { json in
                json.member("kind", "window")
                json.member("centre", "mean")
                json.member("scale", "std")
                if spec.isAsinh { json.member("transform", "asinh") }
                json.member("floor") { json in
                    json.object { json in
                        for (target, floor) in zip(config.targets, spec.floors) {
                            json.member(target, Double(floor))
                        }
                    }
                }
            }
        }
    }

    private func write(_ calibration: Calibration, _ json: inout JSONWriter) {
        json.member("calibration") { json in
            json.object { json in
                json.member("blocks") { json in json.array { json in for end in Calibration.blocks { json.value(end) } }
                }
                json.member("factors") { json in
                    json.object { json in
                        for (target, name) in config.targets.enumerated() {
                            json.member(name) { json in json.array { json in rows(calibration, target, &json) } }
                        }
                    }
                }
            }
        }
    }

    private func rows(_ calibration: Calibration, _ target: Int, _ json: inout JSONWriter) {
        for block in Calibration.blocks.indices {
            let first = (target * Calibration.blocks.count + block) * Calibration.quantiles
            json.array { json in
                for factor in calibration.factors[first..<first + Calibration.quantiles] {
                    json.value(Double((factor * 1e4).rounded()) / 1e4)
                }
            }
        }
    }

    private func card(_ json: inout JSONWriter, _ result: TrainerResult, _ notes: [(String, String)]) {
        json.object { json in
            json.member("series", table.series.count - settings.heldOut.count)
            json.member("series_held_out", settings.heldOut.count)
            json.member("from", table.series.map(\.start).min())
            json.member("to", table.series.map { $0.start + $0.steps * table.stepSeconds }.max())
            json.member("steps", result.steps)
            json.member("best_step", result.bestStep)
            json.member("windows", result.steps * settings.batch)
            json.member("seconds", (result.seconds * 10).rounded() / 10)
            json.member("seed", settings.seed)
            json.member("validation_loss", result.validation.model)
            json.member("persistence_loss", result.validation.persistence)
            json.member("same_time_yesterday_loss", result.validation.yesterday)
            if let heldOut = result.heldOut {
                json.member("held_out_loss", heldOut.model)
                json.member("held_out_persistence_loss", heldOut.persistence)
                json.member("held_out_same_time_yesterday_loss", heldOut.yesterday)
            }
            for (name, value) in notes { json.member(name, value) }
        }
    }
}
