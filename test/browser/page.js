/* global Hls */
const video = document.querySelector('video');
const hls = new Hls({ autoStartLoad: true, startLevel: 0 });
const errors = [];
const segments = [];
let hasSound = false;

hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
  // Of a load that the player itself gave up, to show something else.
  if (details !== Hls.ErrorDetails.INTERNAL_ABORTED) errors.push({ fatal, type, details });
});
hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => segments.push(details.fragments.length));
hls.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => {
  hasSound = tracks.audio !== undefined;
});

globalThis.player = {
  load(url) {
    hls.attachMedia(video);
    hls.loadSource(url);
  },
  play: (rate) => {
    video.playbackRate = rate;
    return video.play();
  },
  seek(seconds) {
    video.currentTime = seconds;
  },
  /** What is shown from the next segment on. */
  show(height) {
    hls.currentLevel = hls.levels.findIndex((level) => level.height === height);
  },
  facts: () => ({
    seconds: video.currentTime,
    // Endless while a playlist grows.
    duration: Number.isFinite(video.duration) ? video.duration : null,
    height: video.videoHeight,
    heights: hls.levels.map((level) => level.height),
    isEnded: video.ended,
    isSeeking: video.seeking,
    hasSound,
    soundBytes: video.webkitAudioDecodedByteCount,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    isGrowing: hls.levels[hls.currentLevel]?.details?.live ?? null,
    segments,
    errors,
  }),
};
