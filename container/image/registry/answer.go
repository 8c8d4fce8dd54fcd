package registry

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// answer is what a registry has said last when it refused something, in its own words.
type answer struct {
	mutex  sync.Mutex
	status int
	words  string
	asked  time.Duration // by Retry-After, 0 for nothing
}

// answerKey finds the answer in the context of a request.
type answerKey struct{}

// withAnswer has what is refused below ctx be kept.
func withAnswer(ctx context.Context) (context.Context, *answer) {
	kept := &answer{}
	return context.WithValue(ctx, answerKey{}, kept), kept
}

// noteAnswer keeps what a response says, if it refuses something.
func noteAnswer(ctx context.Context, response *http.Response, content []byte) {
	kept, is := ctx.Value(answerKey{}).(*answer)
	if !is || response.StatusCode < http.StatusBadRequest {
		return
	}
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	kept.status, kept.words = response.StatusCode, wordsOf(content)
	kept.asked, _ = retryAfter(response)
}

// last is what was refused last.
func (a *answer) last() (status int, words string, asked time.Duration) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.status, a.words, a.asked
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
	return shortened(strings.TrimPrefix(line, "; "))
}

// shortened is a text of a registry's for the line of an error.
func shortened(text string) string {
	const most = 300
	if len(text) > most {
		text = text[:most] + "..."
	}
	return utils.OneLine(text)
}
