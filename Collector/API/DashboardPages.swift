import CDashboard
import Compression
import Glibc
import HTTPServer

/// The dashboard's files: ours are built in, the chart library is served from where Debian's package puts it.
struct DashboardPages: Sendable {
    private struct Page: Sendable {
        var type: String
        var body: [UInt8]
        /// The same, made once: nil where it would not be smaller.
        var gzipped: [UInt8]?

        init(type: String, body: [UInt8]) {
            (self.type, self.body) = (type, body)
            do throws(CompressionError) {
                let packed = try gzip(body, level: 9)
                gzipped = packed.count < body.count ? packed : nil
            } catch {
                // Then it is sent as it is.
                gzipped = nil
            }
        }
    }
    private let pages: [String: Page]

    /// Nothing is fetched from elsewhere, nothing is framed, no script but our own files runs.
    private static let policy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    init(libraries: String = "/usr/share/javascript/dygraphs") {
        var pages: [String: Page] = [:]
        var index: UInt = 0
        while let asset = dashboard_asset_at(index)?.pointee {
            let bytes = UnsafeBufferPointer(start: asset.bytes, count: Int(asset.count))
            pages[String(cString: asset.path)] = Page(type: String(cString: asset.type), body: Array(bytes))
            index += 1
        }
        for (name, type) in [("js", "text/javascript; charset=utf-8"), ("css", "text/css; charset=utf-8")] {
            // Without the package the page still shows everything but the charts.
            let body = Self.file("\(libraries)/dygraph.min.\(name)") ?? []
            pages["/vendor/dygraph.\(name)"] = Page(type: type, body: body)
        }
        self.pages = pages
    }

    /// Nil when nothing of the dashboard is at the path.
    func response(to request: HTTPRequest) -> HTTPResponse? {
        guard let page = pages[request.path] else { return nil }
        let gzipped = Self.takesGzip(request.header("Accept-Encoding") ?? "") ? page.gzipped : nil
        return HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", page.type), ("Cache-Control", "no-cache"), ("Content-Security-Policy", Self.policy),
                ("Vary", "Accept-Encoding"),
            ] + (gzipped == nil ? [] : [("Content-Encoding", "gzip")]), body: gzipped ?? page.body)
    }

    /// RFC 9110 §12.5.3: named, or all are, and not with a weight of nothing.
    static func takesGzip(_ header: String) -> Bool {
        var all = false
        for part in header.lowercased().split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = words.first else { continue }
            let isRefused = words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            if name == "gzip" || name == "x-gzip" { return !isRefused }
            if name == "*" { all = !isRefused }
        }
        return all
    }

    private static func file(_ path: String) -> [UInt8]? {
        guard let stream = fopen(path, "re") else { return nil }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0, bytes.count < 4 << 20 {
            bytes += chunk[..<count]
        }
        return bytes
    }
}
