/// `swift run -c release bench WHAT`: prints a table of what was measured on this machine.
@main
struct Bench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("forecast", 1...2): forecastBench(arguments.dropFirst().first)
        case ("ingest", 1): try ingestBench()
        case ("alerts", 1): alertBench()
        case ("views", 1...2): try viewsBench(hosts: arguments.dropFirst().first.flatMap { Int($0) } ?? 1000)
        case ("live", 1...2): try liveBench(hosts: arguments.dropFirst().first.flatMap { Int($0) } ?? 5000)
        case ("risk", 1): riskBench()
        case ("spool", 1...2): try spoolBench(arguments.dropFirst().first)
        case ("readers", 1): try readersBench(crowd: 5000)
        case ("readers", 2): try readersBench(crowd: Int(arguments[1]) ?? 5000)
        case ("sockets", 1): try socketsBench(established: 30_000)
        case ("hold-sockets", 3):
            try holdSockets(connections: Int(arguments[1]) ?? 0, closeWait: Int(arguments[2]) ?? 0)
        case ("store", 1): storeBench()
        case ("store", 2): storeBench(days: Int(arguments[1]) ?? 30)
        case ("store-until-killed", 2): storeUntilKilled(directory: arguments[1])
        default:
            print(
                """
                bench forecast [MODEL_DIR]     a fleet's forecast, steps to quantiles
                bench alerts                   the alert machine: a look, a mass silence, a month lived again
                bench risk                     10 000 hosts scored, history and forecast included
                bench ingest                   durable ingest through the HTTP server
                bench views [HOSTS]            every GET route of the API, with 10 000 alerts
                bench live [HOSTS]             an open dashboard: bytes and CPU of its updates
                bench spool [DIR]              the agent's spool, on the disk of a folder
                bench readers [PROCESSES]      what the agent's readers cost, alone and with many processes
                bench sockets                  CLOSE_WAIT by netlink and by text, idle and with 30 000 connections
                bench hold-sockets N M         holds N connections and M in CLOSE_WAIT; a helper
                bench store [DAYS OF STEPS]    the store alone, and its restart
                bench store-until-killed DIR   stores until it is killed; a test's helper
                """)
        }
    }
}
