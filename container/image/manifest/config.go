package manifest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mydocker/mydocker/container/image"
)

// Config is the configuration of an image (image-spec, config.md).
type Config struct {
	image.Platform
	// Created is in RFC 3339, "" is not said.
	Created string          `json:"created,omitempty"`
	Author  string          `json:"author,omitempty"`
	Run     image.RunConfig `json:"config"`
	RootFS  struct {
		Type    string         `json:"type"`
		DiffIDs []image.Digest `json:"diff_ids"`
	} `json:"rootfs"`
	History []History `json:"history,omitempty"`
}

// History tells of one step in which the image was made.
type History struct {
	Created    string `json:"created,omitempty"`
	CreatedBy  string `json:"created_by,omitempty"`
	Author     string `json:"author,omitempty"`
	Comment    string `json:"comment,omitempty"`
	EmptyLayer bool   `json:"empty_layer,omitempty"`
}

// ParseConfig reads a configuration.
func ParseConfig(content []byte) (*Config, error) {
	config := &Config{}
	if err := json.Unmarshal(content, config); err != nil {
		return nil, fmt.Errorf("the configuration of the image cannot be read: %w", err)
	}
	if config.RootFS.Type != "layers" {
		return nil, fmt.Errorf("the configuration of the image says that its root is %q, and only \"layers\" is known", config.RootFS.Type)
	}
	for _, id := range config.RootFS.DiffIDs {
		if _, err := image.ParseDigest(string(id)); err != nil {
			return nil, fmt.Errorf("the configuration of the image: diff_ids: %w", err)
		}
	}
	if config.Created != "" {
		if _, err := time.Parse(time.RFC3339Nano, config.Created); err != nil {
			return nil, fmt.Errorf("the configuration of the image: created: %q is no time in RFC 3339", config.Created)
		}
	}
	return config, nil
}

// CheckLayers refuses a manifest and a configuration that do not agree on how many layers
// there are.
func (c *Config) CheckLayers(layers int) error {
	if ids := len(c.RootFS.DiffIDs); ids != layers {
		return fmt.Errorf("the manifest has %d layers, and the configuration of the image %d", layers, ids)
	}
	return nil
}
