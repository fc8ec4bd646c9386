import Insight
import Telemetry

/// Scores of hosts' forecasts as a picture (SVG 1.1, no script, no font of its own): on the left the skill over each
/// simple forecast by how far ahead, on the right the share of truths within P10–P90 by metric beside the band that it
/// should lie in.
package struct HostPicture {
    private let scores: HostScores
    private var parts: [String] = []

    private static let (width, height) = (960.0, 470.0)
    private static let left = Frame(x: 60, y: 70, width: 400, height: 330)
    private static let right = Frame(x: 640, y: 70, width: 280, height: 330)
    private static let wanted = 0.75...0.85
    private static let colours = ["#1b6ca8", "#c2571a", "#4b8b3b", "#7a4fa3"]
    private static let (ink, faint, band) = ("#222222", "#d9d9d9", "#e3f0e3")

    private struct Frame {
        let x, y, width, height: Double
    }

    package init(_ scores: HostScores) { self.scores = scores }

    package var svg: String {
        var copy = self
        copy.draw()
        let size = "width=\"\(Int(Self.width))\" height=\"\(Int(Self.height))\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(copy.parts.joined(separator: "\n"))
            </svg>

            """
    }

    private mutating func draw() {
        text(20, 26, "\(scores.model): \(scores.hosts) hosts, \(scores.origins.count) origins", size: 16)
        skills()
        coverages()
    }

    // MARK: Skill by how far ahead

    private mutating func skills() {
        let frame = Self.left
        let totals = KeptForecast.horizons.indices.map { scores.total(horizon: $0) }
        let all = totals.flatMap { total in SimpleForecast.allCases.compactMap { total.skill(over: $0) } }
        // A forecast that is many times worse than a simple one is drawn along the bottom.
        let least = max(-1, min(0, ((all.min() ?? 0) * 5).rounded(.down) / 5))
        func y(_ skill: Double) -> Double { frame.y + frame.height * (1 - (max(skill, least) - least) / (1 - least)) }
        func x(_ index: Int) -> Double {
            frame.x + frame.width * (Double(index) + 0.5) / Double(KeptForecast.horizons.count)
        }
        text(frame.x, frame.y - 14, "Pinball loss saved, by how far ahead")
        for tick in Int((least * 5).rounded())...5 {
            let skill = Double(tick) / 5
            line(frame.x, y(skill), frame.x + frame.width, y(skill), tick == 0 ? Self.ink : Self.faint)
            text(frame.x - 8, y(skill) + 4, "\(tick * 20) %", anchor: "end")
        }
        for (index, horizon) in KeptForecast.horizons.enumerated() {
            text(x(index), frame.y + frame.height + 20, HostReport.ahead(horizon), anchor: "middle")
        }
        for (simple, colour) in zip(SimpleForecast.allCases, Self.colours) {
            let points = totals.enumerated().compactMap { index, total in
                total.skill(over: simple).map { "\(Self.short(x(index))),\(Self.short(y($0)))" }
            }
            guard !points.isEmpty else { continue }
            let path = points.joined(separator: " ")
            parts.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>")
            let place = Double(simple.rawValue)
            let legend = (frame.x + place * 105, frame.y + frame.height + 50)
            line(legend.0, legend.1 - 4, legend.0 + 16, legend.1 - 4, colour, width: 3)
            text(legend.0 + 20, legend.1, simple.name.replacing("_", with: " "))
        }
    }

    // MARK: Coverage by metric

    private mutating func coverages() {
        let frame = Self.right
        func x(_ share: Double) -> Double { frame.x + frame.width * (share - 0.5) * 2 }
        text(frame.x, frame.y - 14, "Truths within P10–P90, by metric")
        let (from, to) = (x(Self.wanted.lowerBound), x(Self.wanted.upperBound))
        parts.append(
            "<rect x=\"\(Self.short(from))\" y=\"\(Int(frame.y))\" width=\"\(Self.short(to - from))\" "
                + "height=\"\(Int(frame.height))\" fill=\"\(Self.band)\"/>")
        for tick in 5...10 {
            let share = Double(tick) / 10
            line(x(share), frame.y, x(share), frame.y + frame.height, Self.faint)
            text(x(share), frame.y + frame.height + 20, "\(tick * 10) %", anchor: "middle")
        }
        let row = frame.height / Double(max(1, scores.metrics.count))
        for (index, metric) in scores.metrics.enumerated() {
            guard let coverage = scores.cell(metric).sums.coverage else { continue }
            let y = frame.y + row * (Double(index) + 0.5)
            text(frame.x - 10, y + 4, metric.name, anchor: "end")
            let isWithin = Self.wanted.contains(coverage)
            parts.append(
                "<circle cx=\"\(Self.short(x(max(0.5, coverage))))\" cy=\"\(Self.short(y))\" r=\"5\" "
                    + "fill=\"\(isWithin ? Self.colours[2] : Self.colours[1])\"/>")
        }
        text(frame.x, frame.y + frame.height + 50, "shaded: 75 to 85 %, as it should be")
    }

    // MARK: Strokes

    private mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, width: Double = 1
    ) {
        parts.append(
            "<line x1=\"\(Self.short(x1))\" y1=\"\(Self.short(y1))\" x2=\"\(Self.short(x2))\" y2=\"\(Self.short(y2))\" "
                + "stroke=\"\(colour)\" stroke-width=\"\(Self.short(width))\"/>")
    }

    private mutating func text(_ x: Double, _ y: Double, _ words: String, anchor: String = "start", size: Int = 13) {
        let safe = words.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        parts.append(
            "<text x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" text-anchor=\"\(anchor)\" font-size=\"\(size)\" "
                + "fill=\"\(Self.ink)\">\(safe)</text>")
    }

    private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
