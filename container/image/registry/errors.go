package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mydocker/mydocker/container/image"
)

// remoteError is what has failed at a registry, or on the way there, and not here.
type remoteError struct{ err error }

func (e *remoteError) Error() string { return e.err.Error() }

// Unwrap implements errors.Unwrap.
func (e *remoteError) Unwrap() error { return e.err }

// explain says in one line what a registry has refused, in its own words, and what helps.
func (c *Client) explain(err error, r image.Reference, at endpoint, kept *refusals) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	name, host := r.Familiar(), at.host
	if r.Path == "" {
		name = host
	}
	var remote *remoteError
	if !errors.As(err, &remote) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !isRefusal(err) {
		return &remoteError{fmt.Errorf("%s: %w", name, c.connection(err, host))}
	}
	return &remoteError{c.refused(err, name, host, kept.of(err))}
}

// refused says what a registry has refused.
func (c *Client) refused(err error, name, host string, by refusal) error {
	status := by.status
	said := fmt.Sprintf("%s says: %s", host, by.text())
	login := "mydocker login"
	if host != hub {
		login += " " + host
	}
	switch {
	case status == http.StatusTooManyRequests:
		when := ""
		if by.asked > 0 {
			when = ", again after " + by.asked.Round(time.Second).String()
		}
		return fmt.Errorf("%s: too many requests (429)%s; %s; \"%s\" often raises the limit", name, when, said, login)
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return fmt.Errorf("%s: %s wants to know who you are: \"%s\" (%s)", name, host, login, said)
	case status == http.StatusUnauthorized && c.options.Credentials.known(host):
		return fmt.Errorf("%s: the user name or password was not accepted: \"%s\" replaces what %s says (%s)", name, login, c.options.Credentials.File, said)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("access denied for %s: the repository does not exist, or it needs \"%s\" (%s)", name, login, said)
	case status == http.StatusNotFound:
		return fmt.Errorf("%s not found: is the name right? (%s)", name, said)
	}
	return fmt.Errorf("%s: %s (status %d)", name, said, status)
}

// isRefusal reports whether it was the registry that has refused something.
func isRefusal(err error) bool {
	var response *errcode.ErrorResponse
	return errors.As(err, &response) || errors.Is(err, errdef.ErrNotFound) || errors.Is(err, auth.ErrBasicCredentialNotFound)
}

// connection says what helps where a host could not be talked to.
func (c *Client) connection(err error, host string) error {
	var (
		unknown  x509.UnknownAuthorityError
		wrong    x509.HostnameError
		invalid  x509.CertificateInvalidError
		verified *tls.CertificateVerificationError
		lookup   *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of %s was signed by an authority that is not known here: put its certificate into /etc/docker/certs.d/%s/ca.crt, or name the host in insecure-registries of %s: %w", host, host, c.options.Config.file(), last(err))
	case errors.As(err, &wrong), errors.As(err, &invalid), errors.As(err, &verified):
		return fmt.Errorf("the certificate of %s is not valid: %w", host, last(err))
	case errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Errorf("%s speaks plain HTTP and not HTTPS: only insecure-registries of %s may", host, c.options.Config.file())
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return fmt.Errorf("the host %q is not known: is the name right, and does this machine have a network? (%w)", lookup.Name, lookup)
	case errors.As(err, &lookup):
		return fmt.Errorf("the host %q cannot be looked up: does this machine have a network? (%w)", lookup.Name, lookup)
	case errors.Is(err, syscall.ENETUNREACH):
		return fmt.Errorf("no network leads to %s: %w", host, last(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no registry answers at %s: %w", host, last(err))
	}
	return err
}

// last is the innermost error, without the addresses around it.
func last(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		if _, is := err.(*net.OpError); is { //nolint:errorlint // this very one has the address
			return err
		}
		err = inner
	}
}
