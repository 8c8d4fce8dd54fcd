package change

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
)

func TestApply(t *testing.T) {
	for _, test := range []struct {
		changes []string
		want    string
	}{
		{[]string{"CMD echo hello world"}, `{"Cmd":["/bin/sh","-c","echo hello world"]}`},
		{[]string{`cmd ["echo", "hello"]`}, `{"Cmd":["echo","hello"]}`},
		{[]string{`CMD ["echo", broken`}, `{"Cmd":["/bin/sh","-c","[\"echo\", broken"]}`},
		{[]string{`CMD []`}, `{}`},
		{[]string{`ENTRYPOINT ["/bin/tool"]`}, `{"Entrypoint":["/bin/tool"]}`},
		{[]string{`CMD ["a"]`, `ENTRYPOINT ["b"]`}, `{"Entrypoint":["b"],"Cmd":["a"]}`},
		{[]string{"ENV A=1 B=2", "ENV A=3"}, `{"Env":["A=3","B=2"]}`},
		{[]string{"ENV A 1  2"}, `{"Env":["A=1  2"]}`},
		{[]string{`ENV A="1 2" B='$A' C=a\ b D=`}, `{"Env":["A=1 2","B=$A","C=a b","D="]}`},
		{[]string{"ENV A=/bin", "ENV A=$A:/x B=${A}y"}, `{"Env":["A=/bin:/x","B=/biny"]}`},
		{[]string{"ENV A=1 B=${X:-no}", "ENV C=${A:+yes} D=${X:+yes} E=\\$A F=\"\\$A $A\""}, `{"Env":["A=1","B=no","C=yes","D=","E=$A","F=$A 1"]}`},
		{[]string{"ENV A=100% B=$ C=$1"}, `{"Env":["A=100%","B=$","C=$1"]}`},
		{[]string{"LABEL a.b=c \"d e\"=f"}, `{"Labels":{"a.b":"c","d e":"f"}}`},
		{[]string{"EXPOSE 80 53/UDP 8000-8001"}, `{"ExposedPorts":{"53/udp":{},"80/tcp":{},"8000/tcp":{},"8001/tcp":{}}}`},
		{[]string{`VOLUME /a "/b c"`, `VOLUME ["/d"]`}, `{"Volumes":{"/a":{},"/b c":{},"/d":{}}}`},
		{[]string{"USER nobody:nogroup"}, `{"User":"nobody:nogroup"}`},
		{[]string{"WORKDIR /a", "WORKDIR b/../c"}, `{"WorkingDir":"/a/c"}`},
		{[]string{"WORKDIR ../../x"}, `{"WorkingDir":"/x"}`},
		{[]string{"STOPSIGNAL SIGQUIT"}, `{"StopSignal":"SIGQUIT"}`},
		{[]string{"ONBUILD RUN make", "ONBUILD CMD x"}, `{"OnBuild":["RUN make","CMD x"]}`},
		{[]string{"HEALTHCHECK --interval=5s --retries=3 CMD true || false"},
			`{"Healthcheck":{"Test":["CMD-SHELL","true || false"],"Interval":5000000000,"Retries":3}}`},
		{[]string{`HEALTHCHECK CMD ["true"]`}, `{"Healthcheck":{"Test":["CMD","true"]}}`},
		{[]string{"HEALTHCHECK NONE"}, `{"Healthcheck":{"Test":["NONE"]}}`},
		{[]string{"ENV A=1 \\\n  B=2\n# a comment\n\nUSER x\r\nUSER y"}, `{"User":"y","Env":["A=1","B=2"]}`},
	} {
		config := &image.RunConfig{}
		if err := Apply(config, test.changes); err != nil {
			t.Errorf("%q: %v", test.changes, err)
			continue
		}
		got, err := json.Marshal(config)
		if err != nil || string(got) != test.want {
			t.Errorf("%q: it is %s (%v), not %s", test.changes, got, err, test.want)
		}
	}
}

// A new Entrypoint takes the Cmd of the image away, which was made for another.
func TestApplyEntrypoint(t *testing.T) {
	config := &image.RunConfig{Cmd: []string{"old"}, Shell: []string{"bash", "-c"}}
	if err := Apply(config, []string{"ENTRYPOINT new"}); err != nil {
		t.Fatal(err)
	}
	if config.Cmd != nil || strings.Join(config.Entrypoint, " ") != "bash -c new" {
		t.Errorf("it is %q %q", config.Entrypoint, config.Cmd)
	}
}

func TestApplyRefuses(t *testing.T) {
	for change, says := range map[string]string{
		"":                                 "an empty change",
		"RUN x":                            "RUN is not a valid change command",
		"CMD":                              "CMD needs an argument",
		"ENV A":                            "has no value",
		"ENV A=1 B":                        "has no value",
		"ENV =1":                           "has no name",
		`ENV A="1`:                         `a " has no end`,
		"ENV A='1":                         "a ' has no end",
		"ENV A=${B":                        "a ${ has no }",
		"ENV A=${B:?x}":                    "is not understood",
		"EXPOSE 70000":                     "is no port",
		"EXPOSE 9-8":                       "is no port",
		"EXPOSE 80/ip":                     `the protocol "ip" is not known`,
		`VOLUME [""]`:                      "empty string",
		`WORKDIR ""`:                       "empty string",
		"STOPSIGNAL NEVER":                 "NEVER",
		"ONBUILD ONBUILD x":                "not allowed",
		"ONBUILD FROM x":                   "not allowed",
		"HEALTHCHECK x":                    "is not known",
		"HEALTHCHECK CMD":                  "needs a command",
		"HEALTHCHECK --retries=x CMD y":    "no number of retries",
		"HEALTHCHECK --interval=1us CMD y": "no time of at least 1ms",
		"HEALTHCHECK --speed=1 CMD y":      "--speed is not known",
		"HEALTHCHECK --interval=1s NONE":   "nothing more",
		"USER x\nFROM y":                   "FROM is not a valid change command",
	} {
		err := Apply(&image.RunConfig{}, []string{change})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: the error is %v, not %q", change, err, says)
		}
	}
}

func FuzzApply(f *testing.F) {
	for _, seed := range []string{"ENV A=$B \"${C:-d}\" 'e'", "EXPOSE 1-65535", `CMD ["a"]`, "HEALTHCHECK --interval=1s CMD x", "ONBUILD  \\\n x", "LABEL \\", "WORKDIR $"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, change string) {
		config := &image.RunConfig{Env: []string{"B=b"}}
		if err := Apply(config, []string{change}); err != nil {
			return
		}
		for _, variable := range config.Env {
			if strings.Index(variable, "=") < 1 {
				t.Errorf("%q gave the variable %q", change, variable)
			}
		}
		if config.WorkingDir != "" && config.WorkingDir[0] != '/' {
			t.Errorf("%q gave the directory %q", change, config.WorkingDir)
		}
	})
}
