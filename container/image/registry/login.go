package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// ParseHost reads the host of a registry as it is given to login: with its port, with or
// without https:// before and a path behind it. "" is Docker Hub.
func ParseHost(text string) (string, error) {
	host := strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
	host, _, _ = strings.Cut(host, "/")
	switch {
	case text == "", host == hub, host == "index."+hub, host == hubHost:
		return hub, nil
	case !isHost(host) && !isHost(host+":443"):
		return "", fmt.Errorf("%q is no registry: it is HOST or HOST:PORT", utils.Shortened(text))
	}
	return host, nil
}

// User is who is known to a registry already, "" for nobody.
func (c *Client) User(ctx context.Context, host string) (string, error) {
	found, err := c.options.Credentials.of(ctx, host)
	return found.Username, err
}

// Login keeps a user's password for a registry, if the registry takes it. It reports whether
// it is kept in a file as it is, and not by a program.
func (c *Client) Login(ctx context.Context, host, user, password string) (plain bool, err error) {
	if strings.ContainsRune(user, ':') {
		return false, errors.New("a user name has no colon in it")
	}
	credential := auth.Credential{Username: user, Password: password}
	if err := c.check(ctx, host, auth.StaticCredential(host, credential)); err != nil {
		return false, err
	}
	if err := c.options.Credentials.put(ctx, host, credential); err != nil {
		return false, err
	}
	return c.options.Credentials.plain(host)
}

// Check asks a registry whether it takes what is known of the user already.
func (c *Client) Check(ctx context.Context, host string) error {
	return c.check(ctx, host, c.options.Credentials.of)
}

func (c *Client) check(ctx context.Context, host string, credential auth.CredentialFunc) error {
	ctx, kept := withRefusals(ctx)
	reference := registry.Reference{Registry: host}
	at := endpoint{host: host}
	plain := false
	var err error
	if c.options.Config.insecure(host) {
		plain, err = c.hosts.speaksPlain(ctx, reference.Host(), c.policy)
	}
	if err == nil {
		client := c.authorised(host)
		client.Cache, client.Credential = nil, credential
		checked := remote.Registry{RepositoryOptions: remote.RepositoryOptions{Client: client, Reference: reference, PlainHTTP: plain}}
		err = checked.Ping(ctx)
	}
	var response *errcode.ErrorResponse
	if errors.As(err, &response) && (response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden) {
		return fmt.Errorf("login at %s: the user name or password was not accepted (%s says: %s)", host, host, kept.of(err).text())
	}
	if err != nil {
		return fmt.Errorf("login at %w", c.explain(&remoteError{err}, image.Reference{Domain: host}, at, kept))
	}
	return nil
}

// Logout removes what is kept for a registry. It reports whether there was something.
func (c *Client) Logout(ctx context.Context, host string) (bool, error) {
	return c.options.Credentials.erase(ctx, host)
}
