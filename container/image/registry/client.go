// Package registry pulls images from registries and pushes them there (distribution-spec).
// The protocol is oras-go's, with its tokens and credentials. What that lacks is added around
// it: a layer goes on where its connection was cut, answers that were cut off are asked for
// again, plain HTTP is refused, and errors say what helps.
package registry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// Options are what a client goes by.
type Options struct {
	Config      *Config
	Credentials *Credentials
	// Certificates are directories like /etc/docker/certs.d.
	Certificates []string
	// FirstWait is how long the first wait before another try is, 0 for the default.
	FirstWait time.Duration
	// Stall is how long a registry may send, or take, nothing, 0 for the default.
	Stall time.Duration
}

// Client talks to registries.
type Client struct {
	options Options
	policy  policy
	hosts   *hosts
	http    *http.Client
	cache   auth.Cache
}

// The defaults of Options.
const (
	firstWait    = 500 * time.Millisecond
	defaultStall = time.Minute
)

// NewClient makes a client.
func NewClient(options Options) *Client {
	if options.FirstWait == 0 {
		options.FirstWait = firstWait
	}
	if options.Stall == 0 {
		options.Stall = defaultStall
	}
	c := &Client{
		options: options,
		policy:  policy{options.FirstWait},
		hosts: &hosts{
			config: options.Config, certificates: options.Certificates, patience: options.Stall,
			dial: (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		},
		cache: auth.NewCache(),
	}
	c.http = &http.Client{Transport: &retry.Transport{
		Base:   documents{c.hosts, options.Stall},
		Policy: func() retry.Policy { return c.policy },
	}}
	return c
}

// Close closes the connections.
func (c *Client) Close() { c.hosts.close() }

// endpoint is where a registry is asked: itself, or a mirror of it.
type endpoint struct {
	host string
	// plain is whether it speaks plain HTTP, and known whether that is known.
	plain, known bool
	mirror       bool
}

// endpoints are those of a registry, the mirrors first.
func (c *Client) endpoints(domain string) []endpoint {
	mirrors := c.options.Config.mirrorsOf(domain)
	for n := range mirrors {
		mirrors[n].mirror = true
	}
	return append(mirrors, endpoint{host: domain})
}

// repository is a repository at an endpoint.
type repository struct {
	*remote.Repository
	endpoint endpoint
	client   *Client
	auth     *auth.Client
}

// open finds out how an endpoint speaks, and is its repository of an image.
func (c *Client) open(ctx context.Context, at endpoint, path string) (*repository, error) {
	reference := registry.Reference{Registry: at.host, Repository: path}
	if !at.known && c.options.Config.insecure(at.host) {
		plain, err := c.hosts.speaksPlain(ctx, reference.Host(), c.policy)
		if err != nil {
			return nil, err
		}
		at.plain = plain
	}
	client := c.authorised(at.host)
	return &repository{
		Repository: &remote.Repository{
			Client: client, Reference: reference, PlainHTTP: at.plain, ManifestMediaTypes: manifest.Types(),
			TagListMaxPages: 1000, SkipReferrersGC: true,
		},
		endpoint: at, client: c, auth: client,
	}, nil
}

// authorised is a client that asks for what a registry wants to know of the user. A registry
// of this machine may have its tokens from this machine, too; any other may not lead there.
func (c *Client) authorised(host string) *auth.Client {
	client := &auth.Client{
		Client: c.http, Cache: c.cache, ClientID: "mydocker", Credential: c.options.Credentials.of,
		Header: http.Header{"User-Agent": {"mydocker"}},
	}
	if isLoopback(hostname(host)) {
		client.BlockedRealmPrefixes = slices.DeleteFunc(auth.DefaultBlockedRealmPrefixes(), func(network netip.Prefix) bool {
			return network.Addr().IsLoopback()
		})
	}
	return client
}

// blobURL is the address of a blob.
func (r *repository) blobURL(digest image.Digest) string {
	scheme := "https"
	if r.PlainHTTP {
		scheme = "http"
	}
	return fmt.Sprintf("%s://%s/v2/%s/blobs/%s", scheme, r.Reference.Host(), r.Reference.Repository, digest)
}
