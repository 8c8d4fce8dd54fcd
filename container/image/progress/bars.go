package progress

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/mydocker/mydocker/container/image/ingest"
)

// bars has a bar for each layer in work, and below them one for all.
type bars struct {
	progress *mpb.Progress
	stop     chan struct{}
	stopped  chan struct{}

	mutex  sync.Mutex
	all    *bar
	layers []*bar // that have begun and not ended
	// room is how many bars more the terminal has lines for. mpb v8.16 leaves lines behind
	// where there are more.
	room     int
	begun    int64 // the bytes of all layers that have begun
	expected int64
	err      error
}

func newBars(out io.Writer, height int) *bars {
	b := &bars{progress: mpb.New(mpb.WithConsoleWriter(frames{cupwriter.New(out, false), out})), room: height - 1, stop: make(chan struct{}), stopped: make(chan struct{})}
	go b.tell()
	return b
}

// frames has each picture begin at the edge. Where somebody has pressed Ctrl-C, the terminal
// has shown ^C, and the cursor is behind that.
type frames struct {
	*cupwriter.Writer
	out io.Writer
}

// Flush implements mpb.ConsoleWriter.
func (f frames) Flush(lines int) error {
	if _, err := io.WriteString(f.out, "\r"); err != nil {
		return err
	}
	return f.Writer.Flush(lines)
}

// interval is how often the bars are told what was done.
const interval = 100 * time.Millisecond

// tell tells them until they are closed.
func (b *bars) tell() {
	defer close(b.stopped)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-b.stop:
			return
		case now := <-ticker.C:
			b.tellAll(now.Sub(last))
			last = now
		}
	}
}

func (b *bars) tellAll(since time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, layer := range b.layers {
		if layer.state.Load() != nil {
			b.show(layer)
		}
		layer.tell(since)
	}
	if b.all != nil {
		b.all.tell(since)
	}
}

// allPriority puts the bar of all layers below the others.
const allPriority = 1 << 30

// Begin implements Display.
func (b *bars) Begin(name string, size int64) ingest.Task {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.all == nil {
		b.all = &bar{bars: b, name: "Total"}
		b.show(b.all, mpb.BarPriority(allPriority))
	}
	b.begun += size
	if b.all.Bar != nil {
		b.all.SetTotal(max(b.begun, b.expected), false)
	}
	layer := &bar{bars: b, name: name, size: size}
	b.layers = append(b.layers, layer)
	return layer
}

// Expect implements Display.
func (b *bars) Expect(size int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.expected = size
}

// Print implements Display. What cannot be printed does not end what goes on.
func (b *bars) Print(text string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.err == nil {
		_, b.err = b.progress.Write([]byte(text + "\n"))
	}
}

// Close implements Display. All bars go: what has ended was printed as a line.
func (b *bars) Close() {
	close(b.stop)
	<-b.stopped
	b.mutex.Lock()
	b.room = 0
	for _, shown := range append(b.layers, b.all) {
		if shown != nil && shown.Bar != nil {
			shown.Abort(true)
		}
	}
	b.mutex.Unlock()
	b.progress.Wait()
}

// show gives a layer its bar, if there is room. The bar is complete when End says so, and
// not when all bytes are there.
func (b *bars) show(shown *bar, options ...mpb.BarOption) {
	if shown.Bar != nil || b.room <= 0 {
		return
	}
	b.room--
	const age = 30 // of what the bar is told, so 3 s
	options = append(options,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(shown.title)),
		mpb.AppendDecorators(
			fitting{Decorator: decor.Any(counted, decor.WC{W: 15})},
			fitting{Decorator: decor.EwmaSpeed(decor.SizeB1000(0), "%.1f", age, decor.WC{W: 11})},
			fitting{Decorator: decor.EwmaETA(decor.ET_STYLE_MMSS, age, decor.WC{W: 6}), ofTotal: true},
		))
	shown.Bar = b.progress.AddBar(0, options...)
	shown.SetTotal(shown.size, false)
}

// end takes a bar away. It has its line until it was drawn for the last time.
func (b *bars) end(ended *bar) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.layers = slices.DeleteFunc(b.layers, func(layer *bar) bool { return layer == ended })
	if ended.Bar == nil {
		return
	}
	ended.Abort(true)
	go func() {
		ended.Wait()
		b.mutex.Lock()
		defer b.mutex.Unlock()
		b.room++
	}()
}

// bar is a layer, or all of them. Bar is nil as long as it is not shown.
type bar struct {
	*mpb.Bar
	bars *bars
	name string
	size int64

	state atomic.Pointer[string]
	ended atomic.Bool
	// pending is what the bar was not told yet.
	pending atomic.Int64
}

// title is what stands before the bar.
func (b *bar) title(decor.Statistics) string {
	if state := b.state.Load(); state != nil {
		return b.name + ": " + *state
	}
	return b.name
}

// tell tells the bar how much was done meanwhile.
func (b *bar) tell(since time.Duration) {
	if b.Bar != nil {
		b.EwmaIncrInt64(b.pending.Swap(0), since)
	}
}

// Advance implements ingest.Task.
func (b *bar) Advance(n int64) {
	b.pending.Add(n)
	b.bars.all.pending.Add(n)
}

// State implements ingest.Task.
func (b *bar) State(text string) { b.state.Store(&text) }

// End implements ingest.Task.
func (b *bar) End(text string) {
	if !b.ended.Swap(true) {
		b.bars.Print(b.name + ": " + text)
		b.bars.end(b)
	}
}

// counted is how much was done, and of how much where that is known: a stream does not say.
func counted(s decor.Statistics) string {
	if s.Total <= 0 {
		return fmt.Sprintf("%.1f", decor.SizeB1000(s.Current))
	}
	return fmt.Sprintf("%.1f/%.1f", decor.SizeB1000(s.Current), decor.SizeB1000(s.Total))
}

// fitting leaves out a column for which a narrow terminal has no room beside the bar, and one
// that is made of the total where nobody knows that.
type fitting struct {
	decor.Decorator
	ofTotal bool
}

// enough is what the bar itself needs.
const enough = 16

// Decor implements decor.Decorator.
func (f fitting) Decor(s decor.Statistics) (string, int) {
	if f.ofTotal && s.Total <= 0 {
		return "", 0
	}
	if text, width := f.Decorator.Decor(s); s.AvailableWidth-width >= enough {
		return text, width
	}
	return "", 0
}

// Unwrap lets the bar find what it has to tell how much was done.
func (f fitting) Unwrap() decor.Decorator { return f.Decorator }
