package detached

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// newName makes up a name as Docker does, from two words; later attempts have a number behind them.
func newName(attempt int) (string, error) {
	const first = "able amber bold brave brief bright brisk calm clear clever cool crisp curious daring deft eager early " +
		"fair fast fine firm fond frank free fresh gentle glad grand happy hardy keen kind lively loyal lucky merry mild " +
		"neat new nimble noble open patient plain prime proud quick quiet rapid ready rich sharp silent smart smooth " +
		"snug solid sound steady still strong sunny sure swift tidy true vivid warm wise witty young"
	const second = "acorn anchor apple arrow badger banjo beacon beetle birch bison breeze bridge brook canyon cedar cloud " +
		"clover comet coral crane creek cricket dolphin eagle ember falcon fern finch fjord forest fox garden glacier " +
		"harbour hawk hazel heron hill island jasper kestrel lake lantern larch lark lion lotus lynx maple meadow mesa " +
		"moon moss oak orchid otter owl panda pebble pine planet plum pond poplar quartz rabbit raven reef river robin " +
		"rowan sage salmon seal shell sparrow spruce star stone summit swan thistle tiger trout tulip valley violet walnut " +
		"whale willow wolf wren"
	random := make([]byte, 6)
	if _, err := utils.Retry(func() (int, error) { return unix.Getrandom(random, 0) }); err != nil {
		return "", fmt.Errorf("getrandom: %w", err)
	}
	pick := func(words string, random []byte) string {
		all := strings.Fields(words)
		return all[(int(random[0])<<8|int(random[1]))%len(all)]
	}
	name := pick(first, random) + "_" + pick(second, random[2:])
	if attempt > 0 {
		name += fmt.Sprint(int(random[4])<<8 | int(random[5]))
	}
	return name, nil
}
