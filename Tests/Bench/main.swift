// `bench WHAT`: prints a table of what was measured on this machine.
let words = CommandLine.arguments.dropFirst()
switch words.first {
case "forecast": forecastBench(words.dropFirst().first)
case "ingest": try ingestBench()
default:
    print(
        """
        bench forecast [MODEL_DIR]   a fleet's forecast, steps to quantiles
        bench ingest                 durable ingest through the HTTP server
        """)
}
