import HTTPServer
import WebSocket

/// The dashboard's live connection, and what it costs.
struct LiveEndpoints: Sendable {
    let feed: LiveFeed

    var all: [Endpoint] {
        [
            Endpoint(
                method: "GET", path: LiveFeed.path, id: "followPredictions",
                summary: "A WebSocket (RFC 6455): `connected`, then `prediction_update` every 5 s and `alert` at once.",
                answers: [
                    .init(
                        status: 101, about: "Each text message is one of these.", schema: .reference("LiveMessage")),
                    .problem(400), .problem(403), .problem(426), .problem(503),
                ], handle: { request, answer in feed.open(request, answer) })
        ]
    }

    var tables: [AlertMetrics.Table] {
        let counters = feed.counters
        func table(_ name: String, _ kind: String, _ help: String, _ value: Int) -> AlertMetrics.Table {
            .init(name: "forewarn_websocket_\(name)", kind: kind, help: help, values: [("", Double(value))])
        }
        return [
            table("clients", "gauge", "Open dashboards.", counters.clients),
            table("opened_total", "counter", "WebSockets opened since the start.", counters.opened),
            table("refused_total", "counter", "Handshakes refused since the start.", counters.refused),
            table("lost_total", "counter", "Clients that broke off or fell silent.", counters.lost),
            table(
                "dropped_total", "counter", "How often a slow client lost what waited and got a snapshot instead.",
                counters.droppedQueues),
            table("sent_bytes_total", "counter", "Bytes sent, frames and all.", counters.sentBytes),
        ]
    }
}
