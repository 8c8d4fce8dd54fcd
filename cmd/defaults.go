package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container"
)

// defaults are what configuration files say of the flags of run.
type defaults struct {
	layers  [][]setting         // the user's file, then the system's
	failed  error               // of reading them; it counts if a container is run
	lists   map[string][]string // of flags that may be repeated
	inForce []setting           // those that nothing else displaces
}

const defaultsKey = "defaults"

// addDefaults reads the files.
func addDefaults(app *cli.Command) {
	if layers, err := readConfigFiles(); len(layers) > 0 || err != nil {
		useDefaults(app, layers, err)
	}
}

// useDefaults gives app all flags, since the files may name each, and what they say.
func useDefaults(app *cli.Command, layers [][]setting, err error) {
	completeApp(app)
	app.Metadata = map[string]any{defaultsKey: &defaults{layers: layers, failed: err, lists: map[string][]string{}}}
}

// defaultsOf are those of the files, or nil where there is none.
func defaultsOf(c *cli.Command) *defaults {
	d, is := c.Root().Metadata[defaultsKey].(*defaults)
	if !is {
		return nil
	}
	return d
}

// listOf are the values of a flag that may be repeated: those of the files come first,
// so that of two with the same key the command line's counts.
func listOf(c *cli.Command, name string) []string {
	given := c.StringSlice(name)
	if d := defaultsOf(c); d != nil && len(d.lists[name]) > 0 {
		return slices.Concat(d.lists[name], given)
	}
	return given
}

// applyDefaults sets the flags that neither the command line nor the environment sets
// to what the files say.
func applyDefaults(c *cli.Command) (*defaults, error) {
	d := defaultsOf(c)
	if d == nil || d.failed != nil {
		return nil, d.err()
	}
	taken := map[string]bool{}
	for _, flag := range settableFlags() {
		name := flag.Names()[0]
		taken[name] = c.IsSet(name) && !grows(flag)
	}
	for _, layer := range d.layers {
		if err := d.applyLayer(c, layer, taken); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *defaults) err() error {
	if d == nil {
		return nil
	}
	return d.failed
}

// has tells whether a flag has the value that the files say.
func (d *defaults) has(name string) bool {
	return d != nil && slices.ContainsFunc(d.inForce, func(s setting) bool { return s.name == name })
}

// applyLayer puts the settings of a file into force, except where something that counts
// more has taken the flag or one of its rivals. Then the flags that they set are taken.
func (d *defaults) applyLayer(c *cli.Command, layer []setting, taken map[string]bool) error {
	above := maps.Clone(taken)
	lists := map[string][]string{}
	for _, s := range inOrder(layer) {
		flag := named(settableFlags(), s.name)
		if above[s.name] || slices.ContainsFunc(rivalsOf(s.name), func(rival string) bool { return above[rival] }) {
			continue
		}
		taken[s.name] = s.value == "" || !grows(flag)
		switch {
		case s.value == "", s.name == "report-format" && !c.IsSet("report"):
			continue
		case isList(flag):
			lists[s.name] = append(lists[s.name], s.value)
		default:
			if err := setFlag(c, s); err != nil {
				return err
			}
		}
		d.inForce = append(d.inForce, s)
	}
	for name, values := range lists { // before those that count more
		d.lists[name] = append(values, d.lists[name]...)
	}
	return nil
}

// inOrder puts what needs another setting last.
func inOrder(layer []setting) []setting {
	return slices.SortedStableFunc(slices.Values(layer), func(a, b setting) int {
		return cmp.Compare(strings.Index(a.name, "-format"), strings.Index(b.name, "-format"))
	})
}

func setFlag(c *cli.Command, s setting) error {
	err := c.Set(s.name, s.value)
	if err == nil {
		return nil
	}
	why := err.Error()
	if why == "parse error" {
		why = neitherTrueNorFalse
	}
	return fmt.Errorf("%s: invalid value %q for %s: %s", s.where(), s.value, s.name, why)
}

// grows tells whether the values of a flag add to those that count more, as those of
// env do. A map of ids is one as a whole.
func grows(flag cli.Flag) bool {
	return isList(flag) && flag.Names()[0] != "uidmap" && flag.Names()[0] != "gidmap"
}

// rivalsOf are the flags that cannot stand beside another: the one that counts more
// displaces them.
func rivalsOf(name string) []string {
	var rivals []string
	for _, pair := range []struct{ one, others string }{
		{"cpus", "cpu-period cpu-quota"},
		{"userns", "uidmap gidmap"},
		{"uts", "hostname domainname"},
		{"rootfs", "overlay image"},
		{"image", "overlay hide"},
		{"no-healthcheck", "health-cmd health-interval health-timeout health-retries health-start-period health-start-interval"},
		{"dry-run", "explain report report-format summary name pidfile cpu-time"},
	} {
		others := strings.Fields(pair.others)
		if name == pair.one {
			rivals = append(rivals, others...)
		}
		if slices.Contains(others, name) {
			rivals = append(rivals, pair.one)
		}
	}
	return rivals
}

// files lists the files of which something is in force, with those settings, for
// --explain and --dry-run.
func (d *defaults) files() (files []container.DefaultsFile) {
	if d == nil {
		return nil
	}
	for _, s := range d.inForce {
		at := slices.IndexFunc(files, func(f container.DefaultsFile) bool { return f.Path == s.file })
		if at < 0 {
			at = len(files)
			files = append(files, container.DefaultsFile{Path: s.file})
		}
		files[at].Settings = append(files[at].Settings, s.String())
	}
	return files
}

// blame names the place of a setting that an error is about. What the files say has
// the names of flags, which the user has not typed.
func (d *defaults) blame(err error) error {
	if d == nil || err == nil || exitCode(err) != codeRuntime {
		return err
	}
	var files []string
	for _, s := range d.inForce {
		if mentions(err.Error(), dashed(s.name)) {
			return fmt.Errorf("%w (%s: %s)", err, s.where(), &s)
		}
		if !slices.Contains(files, s.file) {
			files = append(files, s.file)
		}
	}
	var step *container.StepError
	if len(files) == 0 || errors.As(err, &step) && step.Step != "find cgroups" { // which looks at the limits
		return err
	}
	return fmt.Errorf("%w (with the defaults of %s)", err, strings.Join(files, " and "))
}

// mentions tells whether text names a flag, and not one that begins like it.
func mentions(text, flag string) bool {
	for {
		_, rest, found := strings.Cut(text, flag)
		if !found {
			return false
		}
		if rest == "" || !strings.ContainsRune(letters+"-", rune(rest[0])) {
			return true
		}
		text = rest
	}
}
