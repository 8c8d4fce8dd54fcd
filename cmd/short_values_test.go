package cmd

import (
	"slices"
	"strings"
	"testing"
)

func TestAttachedValues(t *testing.T) {
	tests := []struct{ in, want string }{
		{"stop -t5 web", "stop -t=5 web"},
		{"stop -t 5 web", "stop -t 5 web"},
		{"stop -t=5 web", "stop -t=5 web"},
		{"stop -t -1 web", "stop -t -1 web"},
		{"stop -t-1 web", "stop -t=-1 web"},
		{"stop web -t5", "stop web -t=5"},
		{"stop -- -t5", "stop -- -t5"},
		{"kill -sHUP -s9 web", "kill -s=HUP -s=9 web"},
		{"start -ai web", "start -ai web"},
		{"logs -fn5 web", "logs -f -n=5 web"},
		{"logs -n -n5 web", "logs -n -n5 web"}, // a value may look like a flag
		{"logs -since 5m web", "logs -since 5m web"},
		{"logs --tail 5 web", "logs --tail 5 web"},
		{"ps -qfname=x", "ps -q -f=name=x"},
		{"ps -qf name=x", "ps -qf name=x"},
		{"images -qf=dangling=true", "images -qf=dangling=true"},
		{"ps -x5", "ps -x5"},
		{"ps -\xff5", "ps -\xff5"},
		{"volume ls -qfname=x", "volume ls -q -f=name=x"},
		{"volume create -olabel=x one", "volume create -o=label=x one"},
		{"image nosuch -fx", "image nosuch -fx"},
		{"top web -opid", "top web -opid"},
		{"--log-level info stop -t5 web", "--log-level info stop -t=5 web"},
		{"nosuch -t5", "nosuch -t5"},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			args := append([]string{"mydocker"}, strings.Split(test.in, " ")...)
			got, err := separateCommand(quietApp(args), args)
			if want := append([]string{"mydocker"}, strings.Split(test.want, " ")...); err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%q, %v, not %q", got, err, want)
			}
		})
	}
}

// What has one form already stays as it is.
func FuzzAttachedValues(f *testing.F) {
	for _, line := range []string{"stop -t5 web", "logs -fn5 web", "volume ls -qfname=x", "ps -\xff5", "top x -o5", "-- stop -t5"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"mydocker"}, strings.Split(line, " ")...)
		app := quietApp(args)
		at := commandIndex(app, args)
		if at == len(args) {
			return
		}
		once := attachedValues(app, args, at)
		if twice := attachedValues(app, once, at); !slices.Equal(once, twice) {
			t.Errorf("%q, then %q", once, twice)
		}
	})
}
