package registry

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mydocker/mydocker/container/image/store"
)

// hosts sends a request to its host, by what the configuration says of that one. A registry
// leads to other hosts: for tokens, and for the content of layers.
type hosts struct {
	config *Config
	// certificates are directories like /etc/docker/certs.d.
	certificates []string

	patience time.Duration
	// dial is how hosts are reached.
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mutex      sync.Mutex
	transports map[string]*http.Transport
}

// plainError says that a host is not to be spoken to without encryption.
type plainError struct{ Host, File string }

func (e *plainError) Error() string {
	return fmt.Sprintf("plain HTTP is refused with %s: only this machine's own registries have it, and those in insecure-registries of %s", e.Host, e.File)
}

// RoundTrip implements http.RoundTripper.
func (h *hosts) RoundTrip(request *http.Request) (*http.Response, error) {
	host := request.URL.Host
	allowed := h.config.insecure(host) || h.config.plainMirror(host)
	if request.URL.Scheme != "https" && (!allowed || wasEncrypted(request)) {
		return nil, errors.Join(&plainError{host, h.config.file()}, closeBody(request))
	}
	transport, err := h.of(host)
	if err != nil {
		return nil, errors.Join(err, closeBody(request))
	}
	return transport.RoundTrip(request)
}

// wasEncrypted reports whether a redirect has led here from HTTPS.
func wasEncrypted(request *http.Request) bool {
	for request.Response != nil && request.Response.Request != nil {
		request = request.Response.Request
		if request.URL.Scheme == "https" {
			return true
		}
	}
	return false
}

// closeBody closes the body of a request that is not sent, as a RoundTripper has to.
func closeBody(request *http.Request) error {
	if request.Body == nil {
		return nil
	}
	return request.Body.Close()
}

// of is the transport to a host, which keeps connections.
func (h *hosts) of(host string) (*http.Transport, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if transport := h.transports[host]; transport != nil {
		return transport, nil
	}
	security := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: h.config.insecure(host)}
	for _, directory := range h.certificates {
		if err := addCertificates(security, filepath.Join(directory, host)); err != nil {
			return nil, err
		}
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           h.dial,
		TLSClientConfig:       security,
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: 5 * h.patience, // a large layer is checked before an upload is answered
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   maxJobs,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // what is sent is what the digest is of
	}
	if h.transports == nil {
		h.transports = map[string]*http.Transport{}
	}
	h.transports[host] = transport
	return transport, nil
}

// close closes connections that are kept.
func (h *hosts) close() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, transport := range h.transports {
		transport.CloseIdleConnections()
	}
}

// addCertificates adds what a directory has for a host, as Docker knows it: authorities in
// NAME.crt, and for the client NAME.cert with its NAME.key.
func addCertificates(security *tls.Config, directory string) error {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := filepath.Join(directory, entry.Name())
		switch base, kind := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name); kind {
		case ".crt":
			if err := addAuthority(security, name); err != nil {
				return err
			}
		case ".cert":
			pair, err := tls.LoadX509KeyPair(name, base+".key")
			if err != nil {
				return fmt.Errorf("certificate of this client: %w", err)
			}
			security.Certificates = append(security.Certificates, pair)
		}
	}
	return nil
}

func addAuthority(security *tls.Config, name string) error {
	content, err := readFile(name, maxConfig)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if security.RootCAs == nil {
		if security.RootCAs, err = x509.SystemCertPool(); err != nil {
			return err
		}
	}
	if !security.RootCAs.AppendCertsFromPEM(content) {
		return fmt.Errorf("%s: there is no certificate in it", name)
	}
	return nil
}

// documents reads the answers whole, but for the content of layers: so one that was cut off
// is an error of the request, which is sent again, and a length is always known.
type documents struct {
	base http.RoundTripper
	// patience is how long an answer may take to begin, and a document to come.
	patience time.Duration
}

// streamKey marks the context of requests whose answers are not read whole.
type streamKey struct{}

// RoundTrip implements http.RoundTripper.
func (d documents) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(request.Context())
	watch := time.AfterFunc(d.patience, cancel)
	if request.Method == http.MethodPut { // which takes as long as the layer is large
		watch.Stop()
	}
	response, err := d.answer(request.WithContext(ctx))
	late := !watch.Stop() && request.Method != http.MethodPut
	switch {
	case err != nil && late && request.Context().Err() == nil:
		err = &lateError{request.URL.Host, d.patience}
		fallthrough
	case err != nil:
		cancel()
		return nil, err
	}
	response.Body = &watchedBody{response.Body, cancel}
	return response, nil
}

// answer is an answer, read whole if it is a document.
func (d documents) answer(request *http.Request) (*http.Response, error) {
	response, err := d.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if request.Context().Value(streamKey{}) != nil && response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, store.MaxDocument+1))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if len(content) > store.MaxDocument {
		return nil, fmt.Errorf("%s %s: the answer is longer than %d bytes", request.Method, request.URL.Redacted(), store.MaxDocument)
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	if request.Method != http.MethodHead {
		response.ContentLength = int64(len(content))
	}
	noteRefusal(request, response, content)
	return response, nil
}

// watchedBody ends the request when its answer is closed.
type watchedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// lateError says that a host does not answer. It may the next time.
type lateError struct {
	host     string
	patience time.Duration
}

func (e *lateError) Error() string {
	return fmt.Sprintf("%s does not answer (in %s)", e.host, e.patience)
}

// Timeout and Temporary make it a net.Error.
func (e *lateError) Timeout() bool   { return true }
func (e *lateError) Temporary() bool { return true }

// speaksPlain finds out whether a host that need not prove who it is speaks plain HTTP. As
// Docker does, HTTPS comes first; where a connection breaks, more than once.
func (h *hosts) speaksPlain(ctx context.Context, host string, p policy) (bool, error) {
	for try := 0; ; try++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/v2/", nil)
		if err != nil {
			return false, err
		}
		response, err := h.RoundTrip(request)
		if err == nil {
			return false, response.Body.Close()
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		var late net.Error
		if !temporary(err) || errors.As(err, &late) && late.Timeout() || try == 2 {
			return true, nil // if there is nobody either, the next request says so
		}
		if err := pause(ctx, p.wait(try)); err != nil {
			return false, err
		}
	}
}
