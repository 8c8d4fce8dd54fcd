package cmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// withFlags calls a function with a command that has read args.
func withFlags(t *testing.T, flags []cli.Flag, args []string, call func(*cli.Command)) {
	t.Helper()
	c := &cli.Command{Name: "x", Flags: flags, DisableSliceFlagSeparator: true, Action: func(_ context.Context, c *cli.Command) error {
		call(c)
		return nil
	}}
	if err := c.Run(context.Background(), append([]string{"x"}, args...)); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

func lifeOf(t *testing.T, says image.RunConfig, args ...string) (string, error) {
	t.Helper()
	var settings state.Settings
	var failed error
	flags := append(lifeFlags(), &cli.BoolFlag{Name: "rm"})
	withFlags(t, flags, args, func(c *cli.Command) { settings, failed = parseLife(c, &says) })
	text, err := json.Marshal(map[string]any{"restart": settings.Restart, "health": settings.Health, "image": says.Healthcheck, "labels": says.Labels})
	if err != nil {
		t.Fatal(err)
	}
	return string(text), failed
}

func TestParseRestart(t *testing.T) {
	for text, want := range map[string]state.RestartPolicy{
		"": {}, "no": {Name: "no"}, "always": {Name: "always"}, "unless-stopped": {Name: "unless-stopped"},
		"on-failure": {Name: "on-failure"}, "on-failure:3": {Name: "on-failure", Max: 3}, "on-failure:": {Name: "on-failure"},
		"unless-stopped:0": {Name: "unless-stopped"},
	} {
		if got, err := parseRestart(text); got != want || err != nil {
			t.Errorf("parseRestart(%q) = %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"on-failure:-1": "cannot be negative", "on-failure:x": "must be an integer", "on-failure:1:2": "must be an integer",
		"always:3": "cannot be used with restart policy 'always'", "no:3": "cannot be used with restart policy 'no'",
		"bogus": "none of no", "Always": "none of no", ":3": "no policy provided before colon", ":": "no policy provided",
	} {
		if got, err := parseRestart(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseRestart(%q) = %v, %v", text, got, err)
		}
	}
}

func TestParseLife(t *testing.T) {
	of := image.RunConfig{
		Healthcheck: &image.Healthcheck{Test: []string{"CMD", "check"}, Interval: 5e9, Retries: 2},
		Labels:      map[string]string{"of": "image", "a": "1"},
	}
	file := filepath.Join(t.TempDir(), "labels")
	if err := os.WriteFile(file, []byte("# comment\n\n b=2\na=3\nalone\nk= v \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const nothing = `{"health":null,"image":null,"labels":null,"restart":{}}`
	for _, test := range []struct {
		says image.RunConfig
		args []string
		want string
	}{
		{image.RunConfig{}, nil, nothing},
		{image.RunConfig{}, []string{"--restart", "no", "--rm"}, strings.Replace(nothing, "{}", `{"name":"no"}`, 1)},
		{image.RunConfig{}, []string{"--health-cmd", ""}, nothing},
		{image.RunConfig{}, []string{"--health-interval", "0s", "--health-retries", "0"}, nothing},
		{image.RunConfig{}, []string{"--health-interval", "3s"},
			`{"health":null,"image":{"Interval":3000000000},"labels":null,"restart":{}}`},
		{image.RunConfig{}, []string{"--no-healthcheck"}, `{"health":null,"image":{"Test":["NONE"]},"labels":null,"restart":{}}`},
		{image.RunConfig{}, []string{"--health-cmd", "true || false", "--health-timeout", "1s", "--health-start-period", "1m", "--health-start-interval", "2", "--health-retries", "1"},
			`{"health":H,"image":H,"labels":null,"restart":{}}`},
		{of, []string{"--health-interval", "1ms"},
			`{"health":{"Test":["CMD","check"],"Interval":1000000,"Retries":2},"image":{"Test":["CMD","check"],"Interval":1000000,"Retries":2},"labels":{"a":"1","of":"image"},"restart":{}}`},
		{image.RunConfig{Labels: of.Labels}, []string{"--label-file", file, "-l", "a", "--label", " c=d=e, f"},
			`{"health":null,"image":null,"labels":{"a":"","b":"2","c":"d=e, f","k":" v ","of":"image"},"restart":{}}`},
	} {
		want := strings.ReplaceAll(test.want, "H", `{"Test":["CMD-SHELL","true || false"],"Timeout":1000000000,"StartPeriod":60000000000,"StartInterval":2000000000,"Retries":1}`)
		if got, err := lifeOf(t, test.says, test.args...); got != want || err != nil {
			t.Errorf("%v: %s, %v\nwant %s", test.args, got, err, want)
		}
	}
	if of.Healthcheck.Interval != 5e9 || len(of.Labels) != 2 {
		t.Errorf("what the image says was changed: %v %v", of.Healthcheck, of.Labels)
	}
}

func TestParseLifeRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--restart always --rm":               "conflicting options: cannot specify both --restart and --rm",
		"--restart on-failure:0 --rm":         "cannot specify both",
		"--restart x":                         `invalid value "x" for --restart`,
		"--no-healthcheck --health-cmd x":     "--no-healthcheck conflicts with --health-* options",
		"--no-healthcheck --health-retries 1": "--no-healthcheck conflicts",
		"--health-interval 100us":             `invalid value "100us" for --health-interval: less than 1ms`,
		"--health-timeout -1s":                `invalid value "-1s" for --health-timeout`,
		"--health-retries=-1":                 `invalid value "-1" for --health-retries`,
		"--health-retries x":                  `invalid value "x" for --health-retries`,
		"--label =x":                          `invalid value "=x" for --label`,
		"--label=":                            `invalid value "" for --label`,
		"--label-file /nonexistent":           "read the --label-file: open /nonexistent: no such file",
	} {
		if got, err := lifeOf(t, image.RunConfig{}, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", args, got, err)
		}
	}
}

func TestParseAttach(t *testing.T) {
	flags := func() []cli.Flag {
		return append(attachFlags(), &cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}}, &cli.BoolFlag{Name: "detach", Aliases: []string{"d"}})
	}
	for args, want := range map[string]session.Attach{
		"":                          {Stdout: true, Stderr: true},
		"-i":                        {Stdin: true, Stdout: true, Stderr: true},
		"-a STDIN":                  {Stdin: true},
		"-a stdout --attach StdErr": {Stdout: true, Stderr: true},
		"-i -a stdout":              {Stdin: true, Stdout: true},
		"-d":                        {},
		"-d -i":                     {},
	} {
		withFlags(t, flags(), strings.Fields(args), func(c *cli.Command) {
			if got, err := parseAttach(c); got != want || err != nil {
				t.Errorf("%s: %v, %v", args, got, err)
			}
		})
	}
	for _, args := range []string{"-d -a stdout", "-a foo"} {
		withFlags(t, flags(), strings.Fields(args), func(c *cli.Command) {
			if got, err := parseAttach(c); err == nil {
				t.Errorf("%s: %v", args, got)
			}
		})
	}
}

func TestParseDetachKeys(t *testing.T) {
	for text, want := range map[string][]byte{
		"": {16, 17}, "ctrl-p,ctrl-q": {16, 17}, "x": {'x'}, "ctrl-@,a,B": {0, 'a', 'B'}, "DEL": {127}, "ctrl-[,ctrl-]": {27, 29},
	} {
		if got, err := parseDetachKeys(text); !slices.Equal(got, want) || err != nil {
			t.Errorf("parseDetachKeys(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"ctrl-xx", "ctrl-A", "ctrl-", "a,,b", "ab", ",", "é", "ctrl-é", "\xff"} {
		if got, err := parseDetachKeys(text); err == nil {
			t.Errorf("parseDetachKeys(%q) = %v", text, got)
		}
	}
}

func FuzzParseRestart(f *testing.F) {
	for _, text := range []string{"", "always", "on-failure:3", "no:0", ":", "on-failure:99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := parseRestart(text)
		if err == nil && policy.Max != 0 && policy.Name != state.RestartOnFailure {
			t.Fatalf("parseRestart(%q) = %v", text, policy)
		}
	})
}
