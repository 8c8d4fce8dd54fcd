package registry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/mydocker/mydocker/utils"
)

// refusal is what a registry has said when it refused something, in its own words.
type refusal struct {
	status int
	words  string
	asked  time.Duration // by Retry-After, 0 for nothing
}

// refusals are those of one operation, some of whose requests are sent beside each other.
type refusals struct {
	mutex  sync.Mutex
	last   refusal
	byName map[string]refusal // by method and address
}

// refusalsKey finds them in the context of a request.
type refusalsKey struct{}

// withRefusals has what is refused below ctx be kept.
func withRefusals(ctx context.Context) (context.Context, *refusals) {
	kept := &refusals{byName: map[string]refusal{}}
	return context.WithValue(ctx, refusalsKey{}, kept), kept
}

// noteRefusal keeps what a response says, if it refuses something.
func noteRefusal(request *http.Request, response *http.Response, content []byte) {
	kept, is := request.Context().Value(refusalsKey{}).(*refusals)
	if !is || response.StatusCode < http.StatusBadRequest {
		return
	}
	said := refusal{status: response.StatusCode, words: wordsOf(content)}
	said.asked, _ = retryAfter(response)
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	kept.last = said
	kept.byName[nameOf(request.Method, request.URL)] = said
}

func nameOf(method string, address *url.URL) string { return method + " " + address.String() }

// text is what it says in words.
func (r refusal) text() string {
	if r.words == "" {
		return strings.ToLower(http.StatusText(r.status))
	}
	return r.words
}

// of is the refusal that an error is about. One that names no request ends the operation, so
// it is about the last.
func (r *refusals) of(err error) refusal {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var response *errcode.ErrorResponse
	if !errors.As(err, &response) || response.URL == nil {
		return r.last
	}
	said := r.byName[nameOf(response.Method, response.URL)]
	said.status = response.StatusCode
	return said
}

// wordsOf are the words of an error, as registries and those who give tokens write them, as
// a part of a line. Of a page of HTML there are none.
func wordsOf(content []byte) string {
	document := struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
		Details string `json:"details"`
		Message string `json:"message"`
		Error   string `json:"error_description"`
	}{}
	var words []string
	if err := json.Unmarshal(content, &document); err == nil {
		for _, one := range document.Errors {
			words = append(words, strings.TrimPrefix(strings.ToLower(one.Code)+": "+one.Message, ": "))
		}
		words = append(words, document.Details, document.Message, document.Error)
	} else if text := strings.TrimSpace(string(content)); !strings.HasPrefix(text, "<") {
		text, _, _ = strings.Cut(text, "\n")
		words = append(words, text)
	}
	line := ""
	for _, word := range words {
		if word = strings.TrimSuffix(strings.TrimSpace(word), ":"); word != "" {
			line += "; " + word
		}
	}
	return utils.Shortened(strings.TrimPrefix(line, "; "))
}
