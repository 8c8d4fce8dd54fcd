package cmd

import (
	"context"
	"maps"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/state"
)

func TestParseLog(t *testing.T) {
	tests := map[string]struct {
		args []string
		want state.LogConfig
		err  string
	}{
		"nothing": {},
		"options alone": {
			[]string{"--log-opt", "max-size=1m", "--log-opt=max-size=2m", "--log-opt", "tag=a=b"},
			state.LogConfig{Options: map[string]string{"max-size": "2m", "tag": "a=b"}}, "",
		},
		"a driver":       {[]string{"--log-driver=none"}, state.LogConfig{Driver: "none"}, ""},
		"no such driver": {[]string{"--log-driver=x"}, state.LogConfig{}, "--log-driver, --log-opt: error looking up logging plugin x: plugin \"x\" not found (there are json-file, local, journald and none)"},
		"no such option": {[]string{"--log-opt=x"}, state.LogConfig{}, "--log-driver, --log-opt: unknown log opt 'x' for json-file log driver"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got state.LogConfig
			c := &cli.Command{Name: "run", Flags: logDriverFlags(), Action: func(_ context.Context, c *cli.Command) (err error) {
				got, err = parseLog(c)
				return err
			}}
			err := c.Run(t.Context(), append([]string{"run"}, test.args...))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != test.err || got.Driver != test.want.Driver || !maps.Equal(got.Options, test.want.Options) {
				t.Errorf("%v, %q", got, text)
			}
		})
	}
}
