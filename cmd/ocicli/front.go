//go:build front

package ocicli

// otherVerbs are those of the full program.
func otherVerbs() []verb { return nil }

func unknownVerb(string) error { return errElsewhere }

func (*call) help() error { return errElsewhere }

// deleteMatching is the full program's, which links regular expressions.
func (*call) deleteMatching() (int, error) { return 0, errElsewhere }

// needsDBus has the full program talk to systemd: only that links D-Bus.
func (*call) needsDBus(needs bool) error {
	if needs {
		return errElsewhere
	}
	return nil
}
