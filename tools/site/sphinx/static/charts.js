// Charts that a reader can do something with: when one comes into view, Vega draws it in the place of its picture. Vega itself is
// loaded with the first. Where anything fails, the picture stays.
(() => {
  const folder = new URL('vega/', document.currentScript.src);
  const LIBRARIES = ['vega.min.js', 'vega-lite.min.js', 'vega-embed.min.js'];
  /** Pixels: a narrower plot says less than one that is scrolled. */
  const LEAST_PLOT = 160;
  /** @type {Map<string, object>} */
  const specs = new Map();
  let libraries;

  /** Called by the script beside each picture. */
  window.selfsupChart = (name, spec) => specs.set(name, spec);

  function load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = address;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${address} cannot be loaded`));
      document.head.append(script);
    });
  }

  async function loadLibraries() {
    for (const name of LIBRARIES) await load(new URL(name, folder).href);
  }

  /**
   * Draws a chart; where it is wider than the screen with its legend below, and then with a narrower plot, as far as there is room.
   */
  async function drawFitting(place, spec, figure) {
    const options = { actions: false, renderer: 'canvas', mode: 'vega-lite' };
    const { paddingLeft, paddingRight } = getComputedStyle(figure);
    const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
    const excess = () => place.scrollWidth - (figure.clientWidth - padding);
    let whole;
    let drawn = await window.vegaEmbed(place, spec, options);
    if (excess() <= 0) return;
    const below = { ...options, config: { legend: { orient: 'bottom', columns: 2 } } };
    const again = async (changes) => {
      drawn.finalize();
      drawn = await window.vegaEmbed(place, { ...spec, ...changes }, below);
    };
    await again({});
    // Twice at most: the labels at the ends of an axis take their room only when it is drawn.
    for (let tries = 0; tries < 2 && excess() > 0; tries++) {
      const plot = drawn.view.width();
      const room = Math.floor(Math.max(plot - excess(), LEAST_PLOT));
      if (room >= plot) return;
      const step = typeof spec.width === 'object' ? spec.width.step : undefined;
      whole ??= plot;
      await again({ width: step === undefined ? room : { step: (step * room) / whole } });
    }
  }

  async function draw(figure) {
    libraries ??= loadLibraries();
    await Promise.all([libraries, load(figure.dataset.source)]);
    const spec = specs.get(figure.dataset.chart);
    specs.delete(figure.dataset.chart);
    const picture = figure.querySelector('img');
    const place = document.createElement('div');
    place.className = 'chart-drawn';
    figure.append(place);
    try {
      await drawFitting(place, spec, figure);
    } catch (error) {
      place.remove();
      throw error;
    }
    // What the picture says to those who do not see it, the chart says too.
    const canvas = place.querySelector('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', picture.alt);
    figure.classList.add('is-drawn');
    picture.hidden = true;
    figure.dispatchEvent(new CustomEvent('chart-drawn', { bubbles: true }));
  }

  const figures = document.querySelectorAll('figure[data-chart]');
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        draw(target).catch((error) => console.warn(`A chart stays a picture: ${error.message}`));
      }
    },
    { rootMargin: '400px' },
  );
  for (const figure of figures) watch.observe(figure);
})();
