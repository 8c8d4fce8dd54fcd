package images

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/registry"
)

// The files that say how registries are reached, see registry.Config: the user's, in the
// directory of its configuration, and the system's. The variable names the only one.
const (
	registriesVariable = "MYDOCKER_REGISTRIES"
	registriesName     = "mydocker-registries.json"
)

// newClient is a client of registries that knows what the caller has configured.
func newClient() (*registry.Client, *registry.Config, error) {
	config, err := registry.ReadConfig(registriesFiles(os.Getenv)...)
	if err != nil {
		return nil, nil, err
	}
	return registry.NewClient(registry.Options{
		Config:       config,
		Credentials:  callersCredentials(os.Getenv),
		Certificates: certificateDirectories(os.Getenv),
	}), config, nil
}

func registriesFiles(getenv func(string) string) []string {
	if only := getenv(registriesVariable); only != "" {
		return []string{only}
	}
	files := []string{"/etc/" + registriesName}
	if dir := configDirectory(getenv); dir != "" {
		files = append([]string{filepath.Join(dir, registriesName)}, files...)
	}
	return files
}

// configDirectory is the one of the user's configuration (XDG base directories), "" for none.
func configDirectory(getenv func(string) string) string {
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".config")
	}
	return ""
}

// callersCredentials are where Docker and podman keep the caller's passwords.
func callersCredentials(getenv func(string) string) *registry.Credentials {
	found := &registry.Credentials{}
	home := getenv("HOME")
	switch dir := getenv("DOCKER_CONFIG"); {
	case dir != "":
		found.File = filepath.Join(dir, "config.json")
	case home != "":
		found.File = filepath.Join(home, ".docker", "config.json")
	}
	if file := getenv("REGISTRY_AUTH_FILE"); file != "" {
		found.Others = append(found.Others, file)
		return found
	}
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		found.Others = append(found.Others, filepath.Join(dir, "containers/auth.json"))
	}
	if dir := configDirectory(getenv); dir != "" {
		found.Others = append(found.Others, filepath.Join(dir, "containers/auth.json"))
	}
	return found
}

// certificateDirectories are those in which Docker and podman look for certificates.
func certificateDirectories(getenv func(string) string) []string {
	directories := []string{"/etc/docker/certs.d", "/etc/containers/certs.d"}
	if dir := configDirectory(getenv); dir != "" {
		directories = append(directories, filepath.Join(dir, "docker/certs.d"), filepath.Join(dir, "containers/certs.d"))
	}
	return directories
}

// nameAsked is the only argument of a command that talks to a registry, see parseName. With
// --all-tags it is a repository.
func nameAsked(c *cli.Command) (r image.Reference, said bool, err error) {
	switch {
	case c.NArg() == 0:
		return r, false, noImage(c)
	case c.NArg() > 1:
		return r, false, command.TooMany(c, 1)
	}
	if r, said, err = parseName(c.Args().First()); err != nil {
		return r, false, exit.Failed(err)
	}
	if said && c.Bool("all-tags") {
		return r, false, exit.Usage(c.Name + ": with --all-tags the name has neither a tag nor a digest")
	}
	return r, said, nil
}

// parseName reads the name of an image that a registry is to be asked for. said is whether it
// says which one of its repository.
func parseName(text string) (r image.Reference, said bool, err error) {
	if r, err = image.ParseReference(text); err != nil {
		return r, false, err
	}
	if strings.HasPrefix(text, "sha256:") {
		return r, false, fmt.Errorf("%s: a registry knows images by their names, and not by their ids alone: NAME@%s", text, text)
	}
	return r, r.Digest != "" || strings.HasSuffix(text, ":"+r.Tag), nil
}
