"""Runs a command on a terminal of its own, as a person would see it.

Reads JSON from the standard input: {"command": [...], "steps": [{"see": text, "type": text, "remove": path}], "seconds": number}.
Types the text of each step, and removes its file if it names one, as soon as it sees the text before. Prints JSON: {"code", "output"}.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios, time

order = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(order["command"][0], order["command"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

output = b""
seen = 0
steps = list(order["steps"])
end = time.monotonic() + order["seconds"]
while time.monotonic() < end:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            chunk = b""
        if not chunk:
            break
        output += chunk
    if steps and steps[0]["see"].encode() in output[seen:]:
        seen = len(output)
        step = steps.pop(0)
        if "remove" in step:
            os.remove(step["remove"])
        os.write(terminal, step["type"].encode())
else:
    os.kill(pid, signal.SIGKILL)

code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"code": code, "output": output.decode("utf8", "replace")}))
