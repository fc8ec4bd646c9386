import AgentApp
import Glibc

exit(AgentApp().run(Array(CommandLine.arguments.dropFirst())))
