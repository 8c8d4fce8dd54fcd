package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"oras.land/oras-go/v2/registry/remote/errcode"
)

// Requests are sent beside each other: what is told is what was said to the one that failed, and
// not what came last.
func TestRefusalsBesideEachOther(t *testing.T) {
	ctx, kept := withRefusals(context.Background())
	note := func(method, address string, status int, content string) *errcode.ErrorResponse {
		request, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		noteRefusal(request, &http.Response{StatusCode: status, Header: http.Header{}}, []byte(content))
		return &errcode.ErrorResponse{Method: method, URL: request.URL, StatusCode: status}
	}
	denied := note("POST", "https://example.com/v2/a/blobs/uploads/", 403, "go away")
	missing := note("HEAD", "https://example.com/v2/a/blobs/sha256:00", 404, "")
	note("GET", "https://example.com/v2/a/blobs/sha256:00", 200, "content")
	for want, err := range map[string]error{
		"403 go away":               fmt.Errorf("layer: %w", denied),
		"404 not found":             missing,
		"500 internal server error": &errcode.ErrorResponse{Method: "PUT", URL: denied.URL, StatusCode: 500},
	} {
		by := kept.of(err)
		if got := fmt.Sprint(by.status, " ", by.text()); got != want {
			t.Errorf("%v is about %q, want %q", err, got, want)
		}
	}
	if by := kept.of(errors.New("nothing there")); by.status != 404 {
		t.Errorf("an error without a request is about %+v, want the last", by)
	}
}
