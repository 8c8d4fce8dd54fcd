package cmd

import (
	"slices"
	"strings"
	"testing"
)

// What is offered where a value is wanted are values, and no flag is offered twice.
func TestCompletions(t *testing.T) {
	tests := []struct{ line, has, hasNot string }{
		{"", "run diff apply undo doctor completion help version", "init complete man --debug"},
		{"-", "--debug --log-level --version", "--memory"},
		{"--log-level ", "error warn info debug", "--debug run"},
		{"--log-format j", "json", "text"},
		{"run ", "true sh", "--memory doctor"},
		{"run -", "--memory --env --debug --help", ""},
		{"run -m ", "64m 1g", "--memory --env true"},
		{"run -m 64m -", "--env", "--memory"},
		{"run --memory=64m -it -", "--env", "--memory --interactive --tty"},
		{"run -e A=1 -", "--env --env-file", ""},
		{"run -itm ", "64m", "true"},
		{"run --memory=", "--memory=64m", "64m"},
		{"run --network ", "none host", ""},
		{"run --net=", "--net=none --net=host", ""},
		{"run --pid ", "host", "private"},
		{"run --ipc ", "private host", ""},
		{"run --userns=p", "--userns=private", "--userns=host"},
		{"run -u ", "root", ""},
		{"run -u root:", "root:root", "root"},
		{"run --group-add ", "root", ""},
		{"run --stop-signal ", "TERM KILL", "SIGTERM"},
		{"run --stop-signal SIG", "SIGTERM SIGSTOP", "TERM"},
		{"run --stop-signal S", "STOP", "SIGTERM"},
		{"run --cpuset-cpus ", "all 0", ""},
		{"run --cpuset-cpus 0,", "0,0", "all"},
		{"run --cpuset-cpus 0-", "0-0", ""},
		{"run --ulimit n", "nofile= nproc= nice=", "core="},
		{"run -e ", "PATH", ""},
		{"run --sysctl kernel.", "kernel.sem= kernel.shmmax=", "kernel.core_pattern="},
		{"run --init=", "--init=true --init=false", ""},
		{"run --explain=", "--explain=json", ""},
		{"run --hostname ", "", "--memory true :files"},
		{"run --report ", ":files", "--memory"},
		{"run --report=", ":files", ""},
		{"run -w ", ":directories", ""},
		{"run -w /tmp ", "true", ""},
		{"run /bin/", ":files", "true"},
		{"run -- ", "true", "--memory"},
		{"run -- -", "", "--memory"},
		{"run true -", ":files", "--memory"},
		{"run -m 64m true ", ":files", "true"},
		{"run -- true ", ":files", ""},
		{"run --nosuch ", "true", ""},
		{"run -x ", "true", ""},
		{"doctor -", "--json --cgroup-parent --help", "--memory --debug"},
		{"doctor x ", "", "--json"},
		{"diff ", ":directories", "--json"},
		{"apply -", "--yes --interactive --force --privileged-files", "--json"},
		{"apply x ", ":files", ""},
		{"undo x ", "", "--forget"},
		{"image ", "ls pull inspect tree prune mount", "run doctor"},
		{"image tree -", "--json --help", "--all"},
		{"image nosuch ", "", "ls"},
		{"images --filter d", "dangling=true", "label="},
		{"images --format ", "json table", ""},
		{"system ", "df prune check", "ls"},
		{"system df ", "", "df"},
		{"tag a b ", "", "a"},
		{"load -i ", ":files", ""},
		{"help image ", "ls tree all", "run"},
		{"help image ls ", "", "ls"},
		{"completion ", "bash zsh fish", ""},
		{"completion bash ", "", "bash"},
		{"help ", "run all", ""},
		{"nosuch ", "", "run"},
		{"-- ", "", "run"},
	}
	for _, test := range tests {
		var got []string
		for _, c := range completions(quietApp(nil), strings.Split(test.line, " ")) {
			got = append(got, c.value)
		}
		for _, want := range strings.Fields(test.has) {
			if !slices.Contains(got, want) {
				t.Errorf("%q: %q is missing in %q", test.line, want, got)
			}
		}
		for _, no := range strings.Fields(test.hasNot) {
			if slices.Contains(got, no) {
				t.Errorf("%q: %q should not be there", test.line, no)
			}
		}
		if test.has == "" && len(got) > 0 {
			t.Errorf("%q: %q, want nothing", test.line, got)
		}
	}
	if got := completions(quietApp(nil), nil); len(got) == 0 {
		t.Error("no words at all: no candidate")
	}
}

// Whatever is on the line, completing it neither fails nor answers what a shell would
// take for something else than a word.
func FuzzCompletions(f *testing.F) {
	f.Add("run\x00-m\x00")
	f.Add("run\x00--network=h")
	f.Add("--log-level\x00\x00--")
	f.Add("run\x00-\xff")
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range completions(quietApp(nil), strings.Split(line, "\x00")) {
			if strings.ContainsAny(c.meaning, "\n\t") || strings.ContainsAny(strings.TrimPrefix(c.value, line), "\n\t") && !strings.ContainsAny(line, "\n\t") {
				t.Errorf("%q: %q", line, c)
			}
		}
	})
}
