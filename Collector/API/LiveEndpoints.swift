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

    var tables: [MetricTable] {
        let counters = feed.counters
        return [
            MetricTable("forewarn_websocket_clients", "gauge", "Open dashboards.", counters.clients),
            MetricTable(
                "forewarn_websocket_opened_total", "counter", "WebSockets opened since the start.", counters.opened),
            MetricTable(
                "forewarn_websocket_refused_total", "counter", "Handshakes refused since the start.", counters.refused),
            MetricTable(
                "forewarn_websocket_lost_total", "counter", "Clients that broke off or fell silent.", counters.lost),
            MetricTable(
                "forewarn_websocket_dropped_total", "counter",
                "How often a slow client lost what waited and got a snapshot instead.",
                counters.droppedQueues),
            MetricTable(
                "forewarn_websocket_sent_bytes_total", "counter", "Bytes sent, frames and all.", counters.sentBytes),
        ]
    }
}
