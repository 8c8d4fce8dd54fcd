//go:build amd64 || arm64

package entry

// needs is what may be begun before it is known what the arguments mean. Where that turns out
// to be wrong, it is a thread too many, or signals that are caught another way.
type needs uint

const (
	nothing       needs = 0
	thread        needs = 1 << iota // that starts an init process
	ownNamespaces                   // which inherits new namespaces from it
	passesSignals                   // and gets mydocker's signals
)

func needsOf(stack *uintptr) needs {
	detached := hasArg(stack, "-d") || hasArg(stack, "--detach")
	if first := firstOfOCI(stack); first > 0 {
		return needsOfOCI(stack, verbAt(stack, first), detached)
	}
	switch {
	case isIdle(stack):
		return passesSignals
	case hasArg(stack, "run"), *stack > 1 && isArg(stack, 1, "supervise"):
		return thread | ownNamespaces | passesSignals
	case hasArg(stack, "exec") && detached:
		return thread
	case hasArg(stack, "exec"):
		return thread | passesSignals
	case hasArg(stack, "attach"), hasArg(stack, "start") && attaches(stack):
		return passesSignals
	}
	return nothing
}

// attaches reports whether there is a flag of start by which it attaches.
func attaches(stack *uintptr) bool {
	return hasArg(stack, "-a") || hasArg(stack, "-i") || hasArg(stack, "-ai") || hasArg(stack, "-ia") ||
		hasArg(stack, "--attach") || hasArg(stack, "--interactive")
}

// needsOfOCI is that of an OCI runtime, of which it is known which argument is the verb.
func needsOfOCI(stack *uintptr, verb int, detached bool) needs {
	switch {
	case verb >= int(*stack):
		return nothing
	case isArg(stack, verb, "create"), isArg(stack, verb, "run") && detached:
		return thread | ownNamespaces
	case isArg(stack, verb, "run"):
		return thread | ownNamespaces | passesSignals
	case isArg(stack, verb, "exec") && detached:
		return thread
	case isArg(stack, verb, "exec"):
		return thread | passesSignals
	}
	return nothing
}

// firstOfOCI is the first argument of an OCI runtime, 0 where mydocker is not called as one.
func firstOfOCI(stack *uintptr) int {
	switch {
	case *stack > 0 && isRuntime(stringAt(wordOf(stack, 0))):
		return 1
	case *stack > 1 && isArg(stack, 1, "oci"):
		return 2
	}
	return 0
}

// isRuntime reports whether a program is an OCI runtime by its name (see cmd/ocicli).
func isRuntime(path string) bool {
	return isProgram(path, "mydocker-oci") || isProgram(path, "runc") || isProgram(path, "crun")
}

// isProgram reports whether a path ends with a name.
func isProgram(path, name string) bool {
	before := len(path) - len(name)
	return before >= 0 && path[before:] == name && (before == 0 || path[before-1] == '/')
}

// verbAt is the first argument from n on that is no flag, and no value of one.
func verbAt(stack *uintptr, n int) int {
	for n < int(*stack) && *wordOf(stack, n) == '-' {
		if takesValue(stringAt(wordOf(stack, n))) {
			n++
		}
		n++
	}
	return n
}

// takesValue reports whether the value of a flag is the next argument. The command line
// (cmd/ocicli) has these flags before the verb.
func takesValue(flag string) bool {
	for hyphens := 0; hyphens < 2 && len(flag) > 0 && flag[0] == '-'; hyphens++ {
		flag = flag[1:]
	}
	switch flag {
	case "root", "log", "log-format", "cgroup-manager", "rootless", "criu":
		return true
	}
	return false
}
