package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Config says how registries are reached. Its names are those of Docker's daemon.json.
type Config struct {
	// RegistryMirrors are asked before Docker Hub is, in this order, by their addresses:
	// https://mirror.example.
	RegistryMirrors []string `json:"registry-mirrors"`
	// Mirrors are the same for other registries, by their hosts.
	Mirrors map[string][]string `json:"mirrors"`
	// InsecureRegistries are hosts, with or without a port, and networks (10.0.0.0/8), whose
	// certificates are not verified, and which may speak plain HTTP.
	InsecureRegistries []string `json:"insecure-registries"`
	// Downloads and Uploads are how many layers go beside each other, 0 for the default.
	Downloads int `json:"max-concurrent-downloads"`
	Uploads   int `json:"max-concurrent-uploads"`

	// files are where it stands, for errors that say what would help.
	files []string
}

// hub is the registry of names without a host.
const hub = "docker.io"

// maxConfig is how long such a file may be.
const maxConfig = 1 << 20

// ReadConfig reads files, of which those count more that come first: they replace whole
// fields of the others. A file that is not there says nothing.
func ReadConfig(files ...string) (*Config, error) {
	merged := &Config{files: files}
	for _, file := range slices.Backward(files) {
		content, err := readFile(file, maxConfig)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = merged.parse(content)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return merged, nil
}

// readFile reads a file that must be a regular one, and is not waited for.
func readFile(name string, most int64) (content []byte, err error) {
	fd, err := utils.Open(name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	content, err = utils.ReadOpen(fd, most)
	return content, errors.Join(err, unix.Close(fd))
}

// parse reads what a file says over what c says already. What it does not know it refuses.
func (c *Config) parse(content []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	read := Config{}
	if err := decoder.Decode(&read); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the closing brace")
	}
	if err := read.check(); err != nil {
		return err
	}
	if read.RegistryMirrors != nil {
		c.RegistryMirrors = read.RegistryMirrors
	}
	if read.Mirrors != nil {
		c.Mirrors = read.Mirrors
	}
	if read.InsecureRegistries != nil {
		c.InsecureRegistries = read.InsecureRegistries
	}
	if read.Downloads != 0 {
		c.Downloads = read.Downloads
	}
	if read.Uploads != 0 {
		c.Uploads = read.Uploads
	}
	return nil
}

// maxJobs bounds how many layers go beside each other.
const maxJobs = 100

func (c *Config) check() error {
	if c.Downloads < 0 || c.Downloads > maxJobs || c.Uploads < 0 || c.Uploads > maxJobs {
		return fmt.Errorf("max-concurrent-downloads and max-concurrent-uploads are from 1 to %d", maxJobs)
	}
	for _, mirror := range c.RegistryMirrors {
		if _, err := parseMirror(mirror); err != nil {
			return fmt.Errorf("registry-mirrors: %w", err)
		}
	}
	for host, mirrors := range c.Mirrors {
		if !isHost(host) {
			return fmt.Errorf("mirrors: %q is no host", host)
		}
		for _, mirror := range mirrors {
			if _, err := parseMirror(mirror); err != nil {
				return fmt.Errorf("mirrors of %s: %w", host, err)
			}
		}
	}
	for _, entry := range c.InsecureRegistries {
		if _, err := netip.ParsePrefix(entry); err != nil && !isHost(entry) {
			return fmt.Errorf("insecure-registries: %q is neither a host nor a network", entry)
		}
	}
	return nil
}

// isHost reports whether text is a host as it stands in names of images.
func isHost(text string) bool {
	r, err := image.ParseReference(text + "/x/y")
	return err == nil && r.Domain == text
}

// parseMirror reads the address of a mirror.
func parseMirror(text string) (endpoint, error) {
	address, err := url.Parse(text)
	switch {
	case err != nil:
		return endpoint{}, fmt.Errorf("mirror %q: %w", text, err)
	case address.Scheme != "https" && address.Scheme != "http":
		return endpoint{}, fmt.Errorf("mirror %q: it begins with https://", text)
	case address.User != nil:
		return endpoint{}, errors.New("a mirror's address has no user in it: mydocker login keeps that")
	case strings.Trim(address.Path, "/") != "" || address.RawQuery != "" || address.Fragment != "" || !isHost(address.Host) && !isHost(address.Host+":443"):
		return endpoint{}, fmt.Errorf("mirror %q: it is https://HOST or https://HOST:PORT", text)
	}
	return endpoint{host: address.Host, plain: address.Scheme == "http", known: true}, nil
}

// mirrorsOf are the mirrors of a registry.
func (c *Config) mirrorsOf(domain string) []endpoint {
	addresses := c.Mirrors[domain]
	if domain == hub {
		addresses = slices.Concat(c.RegistryMirrors, addresses)
	}
	var mirrors []endpoint
	for _, address := range addresses {
		if mirror, err := parseMirror(address); err == nil { // as it was checked
			mirrors = append(mirrors, mirror)
		}
	}
	return mirrors
}

// plainMirror reports whether a mirror is to be spoken to in plain HTTP.
func (c *Config) plainMirror(host string) bool {
	plain := func(address string) bool { return address == "http://"+host || address == "http://"+host+"/" }
	if slices.ContainsFunc(c.RegistryMirrors, plain) {
		return true
	}
	for _, mirrors := range c.Mirrors {
		if slices.ContainsFunc(mirrors, plain) {
			return true
		}
	}
	return false
}

// insecure reports whether a host, with or without a port, need not prove who it is: those
// that the configuration names, and this machine itself.
func (c *Config) insecure(host string) bool {
	name := hostname(host)
	if isLoopback(name) || slices.Contains(c.InsecureRegistries, host) || slices.Contains(c.InsecureRegistries, name) {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && slices.ContainsFunc(c.InsecureRegistries, func(entry string) bool {
		network, err := netip.ParsePrefix(entry)
		return err == nil && network.Contains(address.Unmap())
	})
}

// isLoopback reports whether a name is this machine's, whatever a name server says.
func isLoopback(name string) bool {
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.Unmap().IsLoopback()
}

// hostname is a host without its port and brackets.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// file names where the configuration stands, or would.
func (c *Config) file() string {
	if len(c.files) == 0 {
		return "the configuration"
	}
	return c.files[len(c.files)-1]
}
