package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

func imageFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: imageName, Usage: "run the command, or the image's, in the image `REF`, which is pulled if it is missing"},
		&cli.StringFlag{Name: entrypointName, Usage: "the program instead of the image's, of which the COMMAND is the arguments; \"\" for none"},
		&cli.StringFlag{Name: "pull", Value: pullMissing, Usage: "when the image is pulled: always, missing or never"},
		&cli.StringFlag{Name: "platform", Usage: "what the image is to be made for, `OS/ARCHITECTURE`, where it is there for several"},
	}
}

const (
	imageName      = "image"
	entrypointName = "entrypoint"
)

// The values of --pull.
const (
	pullAlways  = "always"
	pullMissing = "missing"
	pullNever   = "never"
)

// imageAsked is what the flags say of an image.
type imageAsked struct {
	name      string
	pull      string
	platform  *image.Platform
	variables []string // of the environment
}

// parseImage reads the flags of an image. Nothing is asked for without --image.
func parseImage(c *cli.Command) (asked imageAsked, err error) {
	asked.name, asked.pull = c.String(imageName), c.String("pull")
	if !c.IsSet(imageName) {
		for _, name := range []string{entrypointName, "pull", "platform"} {
			if c.IsSet(name) && !defaultsOf(c).has(name) {
				return asked, exit.Usage("--" + name + " needs --image: it is about an image")
			}
		}
		return asked, nil
	}
	if asked.name == "" { // as of an empty variable, which must not give the command the host's root
		return asked, fmt.Errorf("invalid value %q for --image: no image is named", asked.name)
	}
	switch asked.pull {
	case pullAlways, pullMissing, pullNever:
	default:
		return asked, fmt.Errorf("invalid value %q for --pull: none of always, missing and never", asked.pull)
	}
	if text := c.String("platform"); text != "" {
		platform, err := image.ParsePlatform(text)
		if err != nil {
			return asked, fmt.Errorf("invalid value for --platform: %w", err)
		}
		asked.platform = &platform
	}
	return asked, nil
}

// useImage opens the image that was asked for, and has the container be as it says, where the
// flags say nothing else.
func useImage(c *cli.Command, config *container.Config, asked *imageAsked) error {
	if config.Root.State == "" {
		return errors.New("there is no directory for images: HOME is not set; " + state.Variable + " names one")
	}
	opened, err := asked.open(c, config.Root.State)
	if err != nil {
		return err
	}
	config.Image = opened
	config.Unpack = func(namespace *users.UserNamespace) error {
		return before(runOther(c, unpackArguments(c, opened, namespace)...))
	}
	config.Fill = func(namespace *users.UserNamespace, dirs []string, into string, lock *os.File) error {
		return before(runHolding(c, lock, fillArguments(c, namespace, dirs, into)...))
	}
	if err := asked.apply(c, config); err != nil {
		return errors.Join(fmt.Errorf("--image %s: %w", utils.OneLine(asked.name), err), opened.Close())
	}
	return nil
}

// open opens the image, which is pulled as --pull says.
func (a *imageAsked) open(c *cli.Command, dir string) (*image.Image, error) {
	if a.pull != pullAlways {
		opened, err := image.Open(dir, a.name)
		var missing *image.NotFoundError
		switch {
		case errors.As(err, &missing) && a.pull == pullNever:
			return nil, fmt.Errorf("no such image: %s (mydocker pull gets it, and mydocker images lists those that are there)", missing.Name)
		case errors.As(err, &missing):
			err = tellMissing(c, "'"+utils.OneLine(missing.Name)+"'")
		case err == nil && (a.fits(opened) || a.pull == pullNever):
			return a.checked(opened)
		case err == nil:
			err = errors.Join(tellMissing(c, fmt.Sprintf("'%s' for %s", utils.OneLine(a.name), a.platform)), opened.Close())
		}
		if err != nil {
			return nil, err
		}
	}
	if err := a.get(c); err != nil {
		return nil, err
	}
	opened, err := image.Open(dir, a.name)
	if err != nil {
		return nil, err
	}
	return a.checked(opened)
}

// checked refuses an image that is not for the platform that was asked for.
func (a *imageAsked) checked(opened *image.Image) (*image.Image, error) {
	if a.fits(opened) {
		return opened, nil
	}
	err := fmt.Errorf("the image %s is for %s, and --platform says %s", a.name, opened.Platform, a.platform)
	return nil, errors.Join(err, opened.Close())
}

// fits reports whether an image is for the platform that was asked for, if any was.
func (a *imageAsked) fits(opened *image.Image) bool {
	if a.platform == nil {
		return true
	}
	_, fits := opened.Platform.Fits(*a.platform)
	return fits
}

// isImage reports whether an image in the caller's store has a name.
func isImage(name string) bool {
	dir := state.Directory(os.Geteuid(), os.Getenv("HOME"), os.Getenv)
	return dir != "" && image.HasName(dir, name)
}

// get has another command pull the image. It tells on stderr how it goes on.
func (a *imageAsked) get(c *cli.Command) error {
	words := []string{"pull"}
	if c.Bool("quiet") {
		words = append(words, "--quiet")
	}
	if a.platform != nil {
		words = append(words, "--platform", a.platform.String())
	}
	return before(runOther(c, append(words, a.name)...))
}

// before has a failure of another command be one of a container that was never started. A
// signal stays what it was.
func before(err error) error {
	var told *exit.ToldError
	if errors.As(err, &told) && told.Code < 128 {
		told.Code = codeRuntime
	}
	return err
}

// tellMissing says in Docker's words why something is pulled.
func tellMissing(c *cli.Command, what string) error {
	if c.Bool("quiet") {
		return nil
	}
	_, err := io.WriteString(os.Stderr, "Unable to find image "+what+" locally\n")
	return err
}

// unpackArguments have another command unpack an image for a user namespace.
func unpackArguments(c *cli.Command, opened *image.Image, namespace *users.UserNamespace) []string {
	return append(inNamespace(c, "unpack", namespace), string(opened.ID()))
}

// fillArguments have another command copy directories of layers to a volume.
func fillArguments(c *cli.Command, namespace *users.UserNamespace, dirs []string, into string) []string {
	return append(inNamespace(c, "fill-volume", namespace), append([]string{"--", into}, dirs...)...)
}

// inNamespace is a command that works in a user namespace, with its flags.
func inNamespace(c *cli.Command, name string, namespace *users.UserNamespace) []string {
	words := []string{name}
	if c.Bool("quiet") {
		words = append(words, "--quiet")
	}
	if namespace == nil {
		return words
	}
	for flag, list := range map[string][]spec.IDMap{"--uidmap": namespace.UIDs, "--gidmap": namespace.GIDs} {
		for _, m := range list {
			words = append(words, fmt.Sprintf("%s=%d:%d:%d", flag, m.Container, m.Host, m.Size))
		}
	}
	return words
}

// apply has the container be as the image says.
func (a *imageAsked) apply(c *cli.Command, config *container.Config) error {
	says := &config.Says
	*says = config.Image.Run
	says.Entrypoint, says.Cmd = imageCommandLine(c, says)
	if config.Command = slices.Concat(says.Entrypoint, says.Cmd); len(config.Command) == 0 {
		return errors.New("no command specified: the image has none, so one has to stand behind the flags")
	}
	config.Env = withVariables(imageEnvironment(c.Bool("tty"), says.Env), a.variables)
	says.Env = withVariables(says.Env, a.variables)
	world := &config.World
	world.User = cmp.Or(world.User, says.User)
	says.User = world.User
	if world.Dir == "" && says.WorkingDir != "" {
		world.Dir = path.Join("/", says.WorkingDir)
	}
	says.WorkingDir = cmp.Or(world.Dir, says.WorkingDir)
	if c.IsSet("stop-signal") {
		says.StopSignal = c.String("stop-signal")
	} else if says.StopSignal != "" {
		signal, err := utils.ParseSignal(says.StopSignal)
		if err != nil {
			return fmt.Errorf("its StopSignal %q: %w", says.StopSignal, err)
		}
		config.Lifetime.StopSignal = signal
	}
	volumes, err := imageVolumes(says.Volumes, config.Mounts)
	config.Mounts = append(config.Mounts, volumes...)
	says.Volumes = withAnonymous(says.Volumes, config.Mounts)
	return err
}

// imageCommandLine is the command, as Docker has it: the words of the command line come instead of
// the image's Cmd, and both are arguments of its Entrypoint. --entrypoint takes both back.
func imageCommandLine(c *cli.Command, says *image.RunConfig) (entry, words []string) {
	entry, words = says.Entrypoint, says.Cmd
	if c.IsSet(entrypointName) {
		entry, words = nil, nil
		if name := c.String(entrypointName); name != "" {
			entry = []string{name}
		}
	}
	if c.NArg() > 0 {
		words = c.Args().Slice()
	}
	return entry, words
}

// imageEnvironment is what --env changes: what Docker gives each container, and what the image
// says. What it names without a value is nothing: never the caller's (CVE-2026-57231).
func imageEnvironment(tty bool, says []string) []string {
	base := []string{"PATH=" + imagePath}
	if tty {
		base = append(base, "TERM="+terminalType)
	}
	said := slices.DeleteFunc(slices.Clone(says), func(variable string) bool {
		name, _, isSet := strings.Cut(variable, "=")
		return !isSet || name == ""
	})
	return withVariables(base, said)
}

// withAnonymous adds the volumes that nobody has named to those of an image, as in Docker.
func withAnonymous(says map[string]struct{}, mounts []spec.Mount) map[string]struct{} {
	says = maps.Clone(says)
	for n := range mounts {
		if m := &mounts[n]; m.Type == spec.MountVolume && m.Volume == nil && !strings.HasPrefix(m.Given, "VOLUME ") {
			if says == nil {
				says = map[string]struct{}{}
			}
			says[m.Target] = struct{}{}
		}
	}
	return says
}

// imageVolumes are the mounts of the image, where the caller has none.
func imageVolumes(says map[string]struct{}, mounts []spec.Mount) (volumes []spec.Mount, err error) {
	for _, target := range slices.Sorted(maps.Keys(says)) {
		m := spec.Mount{Type: spec.MountVolume, Target: path.Clean(target), Given: "VOLUME " + utils.OneLine(target)}
		if !path.IsAbs(target) {
			return nil, fmt.Errorf("its %s is not an absolute path", m.Given)
		}
		if !hasTarget(mounts, m.Target) && !hasTarget(volumes, m.Target) {
			volumes = append(volumes, m)
		}
	}
	return volumes, nil
}
