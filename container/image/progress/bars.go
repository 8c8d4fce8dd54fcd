package progress

import (
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/mydocker/mydocker/container/image/ingest"
)

// bars has a bar for each layer in work, and below them one for all.
type bars struct {
	progress *mpb.Progress
	// room is how many bars the terminal has lines for. mpb v8.16 leaves lines behind where
	// there are more.
	room int

	mutex    sync.Mutex
	all      *bar
	open     map[*bar]struct{}
	begun    int64 // the bytes of all layers that have begun
	expected int64
	err      error
}

func newBars(out io.Writer, height int, options ...mpb.ContainerOption) *bars {
	options = append(options, mpb.WithOutput(out))
	return &bars{progress: mpb.New(options...), room: height - 1, open: map[*bar]struct{}{}}
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
	return &bar{bars: b, name: name, size: size}
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
	b.mutex.Lock()
	b.room = 0
	for bar := range b.open {
		bar.Abort(true)
	}
	b.mutex.Unlock()
	b.progress.Wait()
}

// show gives a layer its bar, if there is room. The bar is complete when End says so, and
// not when all bytes are there.
func (b *bars) show(shown *bar, options ...mpb.BarOption) {
	if shown.Bar != nil || len(b.open) >= b.room {
		return
	}
	const age = 30 // of what the bar is told, so 3 s
	options = append(options,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(shown.title)),
		mpb.AppendDecorators(
			fitting{decor.Counters(decor.SizeB1000(0), "%.1f/%.1f", decor.WC{W: 15})},
			fitting{decor.EwmaSpeed(decor.SizeB1000(0), "%.1f", age, decor.WC{W: 11})},
			fitting{decor.EwmaETA(decor.ET_STYLE_MMSS, age, decor.WC{W: 6})},
		))
	shown.Bar = b.progress.AddBar(0, options...)
	shown.SetTotal(shown.size, false)
	shown.mutex.Lock()
	shown.told = time.Now()
	shown.mutex.Unlock()
	b.open[shown] = struct{}{}
}

// end takes a bar away. It has its line until it was drawn for the last time.
func (b *bars) end(ended *bar) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if ended.Bar == nil {
		return
	}
	ended.Abort(true)
	go func() {
		ended.Wait()
		b.mutex.Lock()
		defer b.mutex.Unlock()
		delete(b.open, ended)
	}()
}

// bar is a layer, or all of them. Bar is nil as long as there is no room for it.
type bar struct {
	*mpb.Bar
	bars *bars
	name string
	size int64

	mutex sync.Mutex
	state string
	ended bool
	// pending is what the bar was not told yet, and told when it was told something.
	pending int64
	told    time.Time
}

// title is what stands before the bar.
func (b *bar) title(decor.Statistics) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.state == "" {
		return b.name
	}
	return b.name + ": " + b.state
}

// interval is how often a bar is told that it has advanced.
const interval = 100 * time.Millisecond

// Advance implements ingest.Task.
func (b *bar) Advance(n int64) {
	if b != b.bars.all {
		b.bars.all.Advance(n)
	}
	b.mutex.Lock()
	b.pending += n
	due := !b.ended && time.Since(b.told) >= interval
	b.mutex.Unlock() // as the bar may be asking for its title
	if due {
		b.tell()
	}
}

// tell tells the bar how much was done meanwhile.
func (b *bar) tell() {
	b.bars.mutex.Lock()
	defer b.bars.mutex.Unlock()
	b.bars.show(b)
	if b.Bar == nil {
		return
	}
	b.mutex.Lock()
	n, since := b.pending, time.Since(b.told)
	b.pending, b.told = 0, time.Now()
	b.mutex.Unlock()
	b.EwmaIncrInt64(n, since)
}

// State implements ingest.Task.
func (b *bar) State(text string) {
	b.mutex.Lock()
	b.state = text
	b.mutex.Unlock()
	b.bars.mutex.Lock()
	defer b.bars.mutex.Unlock()
	b.bars.show(b)
}

// End implements ingest.Task.
func (b *bar) End(text string) {
	b.mutex.Lock()
	ended := b.ended
	b.ended = true
	b.mutex.Unlock()
	if !ended {
		b.bars.Print(b.name + ": " + text)
		b.bars.end(b)
	}
}

// fitting leaves out a column for which a narrow terminal has no room beside the bar.
type fitting struct{ decor.Decorator }

// enough is what the bar itself needs.
const enough = 16

// Decor implements decor.Decorator.
func (f fitting) Decor(s decor.Statistics) (string, int) {
	if text, width := f.Decorator.Decor(s); s.AvailableWidth-width >= enough {
		return text, width
	}
	return "", 0
}

// Unwrap lets the bar find what it has to tell how much was done.
func (f fitting) Unwrap() decor.Decorator { return f.Decorator }
