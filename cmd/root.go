package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
)

func rootFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rootfs", Usage: "a directory, `DIR[:O]`, that is the container's root file system; with :O behind it changes are thrown away"},
		&cli.GenericFlag{
			Name: "overlay", Value: new(overlayValue),
			Usage: "the host's root file system, copy-on-write: the host keeps its files, and changes are thrown away; --overlay=DIR keeps them",
		},
		&cli.BoolFlag{Name: "read-only", Usage: "a root file system that cannot be written; without --rootfs the host's"},
		&cli.StringSliceFlag{Name: "hide", Usage: "a `PATH` that is empty inside, with --overlay or the host's root read-only; none lifts the default list; may be repeated"},
	}
}

// overlayValue is the value of --overlay, which needs none.
type overlayValue struct {
	on      bool
	changes string // the directory that keeps the changes, as it was written
}

// Set implements cli.Value.
func (v *overlayValue) Set(s string) error {
	switch s {
	case "true": // what the parser says for no value
		*v = overlayValue{on: true}
	case "false":
		*v = overlayValue{}
	default:
		if strings.HasPrefix(s, "~") {
			return errors.New(`behind "=" the shell leaves ~ as it is: "$HOME" says the same, and ./~ names a directory of that name`)
		}
		*v = overlayValue{on: true, changes: s}
	}
	return nil
}

// Get implements cli.Value.
func (v *overlayValue) Get() any { return *v }

// String implements cli.Value.
func (v *overlayValue) String() string { return "" }

// IsBoolFlag tells the parser that the value is optional.
func (v *overlayValue) IsBoolFlag() bool { return true }

// The words of these flags that are no paths.
const (
	overlaySuffix = ":O"
	hideNone      = "none"
)

// parseRoot reads the flags of the root file system.
func parseRoot(c *cli.Command) (root spec.Root, err error) {
	if root.Dir, root.Overlay, err = parseRootFS(c); err != nil {
		return root, err
	}
	if overlay, is := c.Value("overlay").(overlayValue); is && overlay.on {
		if root.Dir != "" {
			return root, fmt.Errorf("--overlay is the host's root file system, and --rootfs another: --rootfs %s%s is that one copy-on-write", root.Dir, overlaySuffix)
		}
		root.Overlay = true
		if root.Changes, err = absolutePath("overlay", overlay.changes); err != nil {
			return root, err
		}
	}
	root.ReadOnly, root.Image = c.Bool("read-only"), c.String(imageName)
	if root.Own() {
		getenv, err := environmentWithState(c)
		if err != nil {
			return root, err
		}
		addCaller(&root, getenv)
	}
	if root.OfHost() || c.IsSet("hide") { // what the files hide is for such runs alone
		root.Hide, root.HideNoDefaults, err = parseHide(listOf(c, "hide"))
	}
	return root, err
}

// parseRootFS reads --rootfs. A directory whose name ends in ":O" is given with "/"
// behind it.
func parseRootFS(c *cli.Command) (dir string, overlay bool, err error) {
	if !c.IsSet("rootfs") {
		return "", false, nil
	}
	dir, overlay = strings.CutSuffix(c.String("rootfs"), overlaySuffix)
	if dir == "" { // as of an empty variable, which must not give the command the host's root
		return "", false, fmt.Errorf("invalid value %q for --rootfs: no directory is named", c.String("rootfs"))
	}
	dir, err = absolutePath("rootfs", dir)
	return dir, overlay, err
}

// parseHide reads the paths of --hide. "none" takes back what comes before it, the
// default list included.
func parseHide(values []string) (hide []string, noDefaults bool, err error) {
	for _, value := range values {
		switch value {
		case hideNone:
			hide, noDefaults = nil, true
			continue
		case "":
			return nil, false, errors.New(`invalid value "" for --hide: no path is named`)
		}
		path, err := absolutePath("hide", value)
		if err != nil {
			return nil, false, err
		}
		hide = append(hide, path)
	}
	return hide, noDefaults, nil
}

// absolutePath is the path that a flag names, from the caller's directory; "" is none.
func absolutePath(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("invalid value %q for --%s: %w", path, flag, err)
	}
	return full, nil
}

// addCaller sets what the environment says of the caller.
func addCaller(root *spec.Root, getenv func(string) string) {
	if home := getenv("HOME"); filepath.IsAbs(home) {
		root.Home = filepath.Clean(home)
	}
	root.State = state.Directory(os.Geteuid(), root.Home, getenv)
	for _, name := range secretVariables() {
		path := strings.TrimPrefix(getenv(name), "FILE:") // as of KRB5CCNAME
		for _, path := range filepath.SplitList(path) {   // KUBECONFIG may be a list
			if filepath.IsAbs(path) && filepath.Clean(path) != "/" {
				root.Secrets = append(root.Secrets, filepath.Clean(path))
			}
		}
	}
}

// secretVariables name files with what lets somebody in, and sockets of those who know.
func secretVariables() []string {
	return []string{
		"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AZURE_CONFIG_DIR", "CLOUDSDK_CONFIG", "DOCKER_CONFIG", "GH_CONFIG_DIR",
		"GNUPGHOME", "GOOGLE_APPLICATION_CREDENTIALS", "HISTFILE", "ICEAUTHORITY", "KRB5CCNAME", "KUBECONFIG", "NETRC",
		"NPM_CONFIG_USERCONFIG", "PASSWORD_STORE_DIR", "PGPASSFILE", "PGSERVICEFILE", "REGISTRY_AUTH_FILE", "SSH_AUTH_SOCK", "XAUTHORITY",
	}
}
