package change

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// expose reads ports: 80, 53/udp, 8000-8010/tcp.
func (c *changer) expose(text string) error {
	words, err := c.words(text)
	if err != nil {
		return err
	}
	all := maps.Clone(c.config.ExposedPorts)
	for _, word := range words {
		ports, protocol, found := strings.Cut(word, "/")
		if protocol = strings.ToLower(protocol); !found {
			protocol = "tcp"
		}
		if !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
			return fmt.Errorf("port %q: the protocol %q is not known: tcp, udp and sctp are", word, protocol)
		}
		low, high, isRange := strings.Cut(ports, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 16)
		if err != nil {
			return fmt.Errorf("port %q is no port, nor a range of ports", word)
		}
		last, err := strconv.ParseUint(high, 10, 16)
		if err != nil || last < first {
			return fmt.Errorf("port %q is no port, nor a range of ports", word)
		}
		for port := first; port <= last; port++ {
			all = put(all, fmt.Sprintf("%d/%s", port, protocol), struct{}{})
		}
	}
	c.config.ExposedPorts = all
	return nil
}
