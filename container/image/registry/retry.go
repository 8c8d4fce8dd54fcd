package registry

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// policy says which requests are sent again, and when. It implements retry.Policy.
type policy struct {
	// first is how long the first wait is; each further one is twice as long.
	first time.Duration
}

const (
	maxTries = 5
	// maxWait bounds what a registry can ask for by Retry-After.
	maxWait = time.Minute
	// longestWait is the longest that is waited without being asked to.
	longestWait = 10 * time.Second
)

// Retry implements retry.Policy: how long to wait before the next try, negative for none.
func (p policy) Retry(attempt int, response *http.Response, err error) (time.Duration, error) {
	switch {
	case attempt >= maxTries-1:
		return -1, nil
	case err != nil && !temporary(err):
		return -1, nil
	case err != nil:
		return p.wait(attempt), nil
	case response.StatusCode == http.StatusTooManyRequests:
		asked, said := retryAfter(response)
		switch {
		case said && asked > maxWait:
			return -1, nil
		case said:
			return max(asked, p.wait(attempt)), nil
		case attempt >= 2: // a limit for hours, as Docker Hub has it
			return -1, nil
		}
		return p.wait(attempt), nil
	case temporaryStatus(response.StatusCode):
		if asked, said := retryAfter(response); said && asked <= maxWait {
			return max(asked, p.wait(attempt)), nil
		}
		return p.wait(attempt), nil
	}
	return -1, nil
}

// temporaryStatus reports whether a server says that it may work later.
func temporaryStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// temporary reports whether a connection that failed may work the next time.
func temporary(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return true
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		return lookup.IsTemporary
	}
	if text := err.Error(); strings.Contains(text, "http2: ") || strings.Contains(text, "stream error: ") {
		return true // net/http has no names for what ends a connection of HTTP/2
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// wait is how long to wait before a try, a bit different each time, so that many who were
// turned away do not come back together.
func (p policy) wait(attempt int) time.Duration {
	wait := min(p.first<<attempt, longestWait)
	return wait/2 + rand.N(wait/2+1) //nolint:gosec // no secret
}

// retryAfter is how long a server asks to wait.
func retryAfter(response *http.Response) (time.Duration, bool) {
	text := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if when, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(when)), true
	}
	return 0, false
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
