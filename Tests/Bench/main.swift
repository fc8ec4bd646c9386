// `bench WHAT`: prints a table of what was measured on this machine.
switch CommandLine.arguments.dropFirst().first {
case "forecast": forecastBench(CommandLine.arguments.dropFirst(2).first)
default: print("bench forecast [MODEL_DIR]")
}
