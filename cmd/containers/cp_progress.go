package containers

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/utils"
)

// progress tells how much was copied, in Docker's words: on a terminal while it goes on, and in
// the end.
type progress struct {
	out         io.Writer
	title, last string
	live, quiet bool
	size        atomic.Int64
	stop, done  chan struct{}
}

func newProgress(c *cli.Command, from, to *end) *progress {
	p := &progress{
		out: c.Root().ErrWriter, title: "Copying to container - ", last: utils.OneLine(to.named),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if from.container != "" {
		p.title = "Copying from container - "
	}
	// Scripts, whose stdout is no terminal, read stderr, too.
	p.quiet = c.Bool("quiet") || to.named == "-" || !c.IsSet("quiet") && !term.IsTerminal(int(os.Stdout.Fd()))
	p.live = !p.quiet && term.IsTerminal(int(os.Stderr.Fd()))
	return p
}

// newCommitProgress is that of a commit, of which nothing is told in the end but the image.
func newCommitProgress(c *cli.Command) *progress {
	return &progress{
		out: c.Root().ErrWriter, title: "Committing - ", quiet: true, live: term.IsTerminal(int(os.Stderr.Fd())),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
}

// begin tells how it goes on from now on, where that takes so long that somebody wonders.
func (p *progress) begin() {
	const patience, pace = 300 * time.Millisecond, 100 * time.Millisecond
	go func() {
		defer close(p.done)
		for wait := patience; p.live; wait = pace {
			select {
			case <-p.stop:
				return
			case <-time.After(wait):
			}
			if _, err := fmt.Fprintf(p.out, "\r\x1b[K%s%s", p.title, table.Size(p.size.Load())); err != nil {
				return
			}
		}
	}()
}

// end tells how it went.
func (p *progress) end(well bool) error {
	close(p.stop)
	<-p.done
	clearLine := ""
	if p.live {
		clearLine = "\r\x1b[K"
	}
	var err error
	switch {
	case well && !p.quiet:
		_, err = fmt.Fprintf(p.out, "%sSuccessfully copied %s to %s\n", clearLine, table.Size(p.size.Load()), p.last)
	case p.live:
		_, err = fmt.Fprint(p.out, clearLine)
	}
	return err
}

// reader counts what is read.
func (p *progress) reader(r io.Reader) io.Reader { return &counted{r, &p.size} }

type counted struct {
	io.Reader
	size *atomic.Int64
}

// Read implements io.Reader.
func (c *counted) Read(content []byte) (int, error) {
	n, err := c.Reader.Read(content)
	c.size.Add(int64(n))
	return n, err
}
