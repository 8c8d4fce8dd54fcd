package containers

import (
	"strings"
	"testing"
)

func TestUnit(t *testing.T) {
	u := &unit{name: "web", restart: "on-failure", timeout: 7, state: "/a $b"}
	for _, want := range []string{
		"# container-web.service\n", "\nType=notify\nNotifyAccess=all\n", "\nExecStart=mydocker start web\nExecStop=mydocker stop -t 7 web\n",
		"\nEnvironment=\"MYDOCKER_STATE=/a $b\"\n", "\nTimeoutStopSec=67\n", "\nRestart=on-failure\n",
	} {
		if text := u.text(); !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	u.isNew, u.words, u.dir = true, []string{"docker", "create", "-e", `A=$x "%y"`, "busybox"}, "/100%"
	for _, want := range []string{
		"\nWorkingDirectory=/100%%\nExecStartPre=-mydocker rm -f web\n",
		"\nExecStart=mydocker docker run -d --name web --sdnotify=conmon -e \"A=$$x \\\"%%y\\\"\" busybox\n", "\nExecStopPost=-mydocker rm -f web\n",
	} {
		if text := u.text(); !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
