package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"github.com/mydocker/mydocker/utils"
)

// Credentials are what is known of the user: Docker's config.json, with the programs that it
// names, and podman's auth.json, which is only read. They are read when a registry asks.
type Credentials struct {
	// File is the path of config.json, Others are those of files that are read if it does not
	// know a registry.
	File   string
	Others []string

	mutex  sync.Mutex
	stores []*credentials.DynamicStore
	// used are the hosts for which there were credentials.
	used map[string]bool
}

// open reads the files, once.
func (c *Credentials) open() ([]*credentials.DynamicStore, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stores != nil {
		return c.stores, nil
	}
	var stores []*credentials.DynamicStore
	for _, file := range append([]string{c.File}, c.Others...) {
		if file == "" {
			continue
		}
		store, err := openCredentials(file)
		if err != nil {
			return nil, err
		}
		stores = append(stores, store)
	}
	c.stores = stores
	return stores, nil
}

// openCredentials opens a file of credentials. Where it is a link, the file behind it is
// what will be replaced.
func openCredentials(file string) (*credentials.DynamicStore, error) {
	target, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = file, nil
	}
	if err == nil {
		err = checkHelpers(target)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("credentials: %s: %w", file, err)
	}
	store, err := credentials.NewStore(target, credentials.StoreOptions{AllowPlaintextPut: true})
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return store, nil
}

// checkHelpers refuses programs that are not found by their names alone: with a "/" in it, a name
// would lead to whatever lies below the working directory.
func checkHelpers(file string) error {
	content, err := readFile(file, maxConfig)
	if err != nil {
		return err
	}
	named, err := parseHelpers(content)
	if err != nil {
		return nil //nolint:nilerr // whoever reads all of it says so
	}
	for _, helper := range append(slices.Collect(maps.Values(named.CredHelpers)), named.CredsStore) {
		if strings.Contains(helper, "/") {
			return fmt.Errorf("%q is no name of a program behind docker-credential-", utils.Shortened(helper))
		}
	}
	return nil
}

// helpers are the programs that a file names.
type helpers struct {
	CredsStore  string
	CredHelpers map[string]string
}

func parseHelpers(content []byte) (named helpers, err error) {
	err = json.Unmarshal(content, &named)
	return named, err
}

// of finds what is known of the user for a host.
func (c *Credentials) of(ctx context.Context, host string) (auth.Credential, error) {
	if c == nil {
		return auth.EmptyCredential, nil
	}
	stores, err := c.open()
	if err != nil {
		return auth.EmptyCredential, err
	}
	for _, store := range stores {
		for _, key := range keys(host) {
			found, err := store.Get(ctx, key)
			if err != nil {
				return auth.EmptyCredential, fmt.Errorf("credentials for %s (%s): %w", host, store.ConfigPath(), err)
			}
			if found != auth.EmptyCredential {
				c.note(host)
				return found, nil
			}
		}
	}
	return auth.EmptyCredential, nil
}

// note remembers that there were credentials for a host.
func (c *Credentials) note(host string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.used == nil {
		c.used = map[string]bool{}
	}
	c.used[host] = true
}

// known reports whether there were credentials for a host.
func (c *Credentials) known(host string) bool {
	if c == nil {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.used[host] || host == hub && c.used[hubHost]
}

// The names of Docker Hub: the host that is asked, and the key that Docker keeps its
// credentials by.
const (
	hubHost = "registry-1.docker.io"
	hubKey  = "https://index.docker.io/v1/"
)

// keys are those by which programs keep credentials for a host. The first is Docker's.
func keys(host string) []string {
	if host == hub || host == hubHost {
		return []string{hubKey, hub}
	}
	return []string{host}
}

// put keeps credentials.
func (c *Credentials) put(ctx context.Context, host string, credential auth.Credential) error {
	stores, err := c.open()
	if err != nil {
		return err
	}
	if err := stores[0].Put(ctx, keys(host)[0], credential); err != nil {
		return fmt.Errorf("keep the credentials for %s (%s): %w", host, c.File, err)
	}
	return nil
}

// erase removes credentials, also those that older programs kept by other keys. It reports
// whether there were some.
func (c *Credentials) erase(ctx context.Context, host string) (bool, error) {
	stores, err := c.open()
	if err != nil {
		return false, err
	}
	store, had := stores[0], false
	all := keys(host)
	for _, path := range []string{"", "/", "/v1/", "/v2/"} {
		all = append(all, "https://"+host+path, "http://"+host+path)
	}
	for _, key := range all {
		found, err := store.Get(ctx, key)
		if err != nil {
			return had, fmt.Errorf("credentials for %s (%s): %w", host, c.File, err)
		}
		if found == auth.EmptyCredential {
			continue
		}
		had = true
		if err := store.Delete(ctx, key); err != nil {
			return had, fmt.Errorf("remove the credentials for %s (%s): %w", host, c.File, err)
		}
	}
	return had, nil
}

// plain reports whether the file keeps the credentials for a host as they are, and no program does.
func (c *Credentials) plain(host string) (bool, error) {
	content, err := readFile(c.File, maxConfig)
	if err != nil {
		return false, err
	}
	named, err := parseHelpers(content)
	if err != nil {
		return false, fmt.Errorf("%s: %w", c.File, err)
	}
	return named.CredsStore == "" && named.CredHelpers[keys(host)[0]] == "", nil
}
