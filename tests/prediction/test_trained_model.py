import dataclasses

import jax
import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from affdyn_jax import load_run
from affdyn_jax.dataset.standardisation import Standardisation
from affdyn_jax.errors import AudioError, FeatureError
from affdyn_jax.features.audio import audio_blocks
from affdyn_jax.features.encoders.checkpoint import read_checkpoint
from affdyn_jax.features.encoders.extraction import EncoderFeatures, EncoderIdentity
from affdyn_jax.features.extraction import extract_features
from affdyn_jax.features.mfcc import CepstralFunctionals
from affdyn_jax.method.model import initial_weights, predict
from affdyn_jax.method.rating_scale import RatingScale


@pytest.fixture(scope="module")
def model(trained_run):
    return load_run(trained_run, "multi-h4-w0.5")


@pytest.fixture(scope="module")
def with_extractor(model):
    """A model of another kind of features with random weights, one lane."""

    def build(extractor):
        count = extractor.feature_count
        weights = initial_weights(jax.random.key(0), count, 4, 4)
        return dataclasses.replace(
            model,
            extractor=extractor,
            standardisation=Standardisation(np.zeros(count), np.full(count, 2.0)),
            weights={"a": weights},
            lanes_of=dict.fromkeys(model.lanes_of, ("a",)),
        )

    return build


@pytest.fixture(scope="module")
def mfcc_model(with_extractor):
    return with_extractor(CepstralFunctionals())


def speech(seconds, rate=16000):
    """Noise whose loudness goes up and down."""
    times_s = np.arange(round(seconds * rate)) / rate
    loudness = 0.1 * (1 + np.sin(2 * np.pi * times_s / 3))
    noise = np.random.default_rng(0).standard_normal(len(times_s)) * loudness
    return noise.astype(np.float32)


def in_chunks(stream, samples, chunk):
    rows = [stream.add(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
    return pd.concat([*rows, stream.finish()])


@given(
    chunk=st.one_of(st.integers(40, 4000), st.integers(4000, 160_000)),
    seconds=st.floats(0.25, 12),
    rate=st.sampled_from([8000, 16000, 16000, 44100]),
)
@settings(max_examples=20, deadline=None)
def test_sound_that_comes_in_chunks_is_predicted_as_the_whole(model, chunk, seconds, rate):
    samples = speech(seconds, rate)
    whole = model.predict(samples, rate)
    streamed = in_chunks(model.stream(rate), samples, chunk)
    pd.testing.assert_frame_equal(streamed, whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_sample_by_sample(model, rate):
    samples = speech(0.6, rate)
    streamed = in_chunks(model.stream(rate), samples, 1)
    pd.testing.assert_frame_equal(streamed, model.predict(samples, rate), rtol=0, atol=1e-6)


@pytest.mark.parametrize("chunk", [999, 16000, 50_000])
def test_windows_that_see_the_future_come_later_but_are_the_same(mfcc_model, chunk):
    samples = speech(7.3)
    streamed = in_chunks(mfcc_model.stream(), samples, chunk)
    whole = mfcc_model.predict(samples, 16000)
    pd.testing.assert_frame_equal(streamed, whole, rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "some speech.wav"
    soundfile.write(path, speech(3.0), 16000, subtype="FLOAT")
    return path


def test_a_file_is_predicted_as_its_samples(model, recording):
    expected = model.predict(speech(3.0), 16000)
    for path in (recording, str(recording)):
        pd.testing.assert_frame_equal(model.predict(path), expected)


def test_a_rate_is_given_for_samples_and_for_no_file(model, recording):
    with pytest.raises(AudioError, match="samples without their rate; give sample_rate"):
        model.predict(speech(1.0))
    with pytest.raises(AudioError, match="an audio file has its own rate"):
        model.predict(recording, 16000)
    with pytest.raises(AudioError, match="the audio cannot be opened"):
        model.predict("nothing.wav")


def test_a_picture_is_shown_by_notebooks(model, recording):
    picture = model.plot(recording)
    assert picture.name == "some speech"
    assert picture._repr_svg_().encode() == picture.svg
    assert picture.svg.startswith(b"<?xml")
    assert len(repr(picture)) < 500
    assert "arousal and valence" in picture.alternative
    assert model.plot(speech(3.0), 16000).name == "the samples"


def test_notebooks_show_which_lanes_predict_what(model):
    shown = model._repr_html_()
    assert "<td>arousal dynamics</td><td>multi-h4-w0.5-seed0, multi-h4-w0.5-seed1</td>" in shown
    assert "40 features at 4 Hz; states from -1 to 1; STAND-IN DATA" in shown
    many = dict.fromkeys(model.lanes_of, ("<a>", "b", "c"))
    later = dataclasses.replace(model, annotation_delay=2.0, lanes_of=many)
    assert "rows 2 s after the speech" in later._repr_html_()
    assert "the mean of 3 lanes, &lt;a&gt; and others" in later._repr_html_()


def test_rows_are_on_the_corpus_s_own_scale(model):
    samples = speech(2.0)
    unit = model.predict(samples, 16000)
    nine = dataclasses.replace(model, rating_scale=RatingScale(1, 9))
    expected = 4 * unit + [5.0, 5.0, 0.0, 0.0]
    pd.testing.assert_frame_equal(nine.predict(samples, 16000), expected, rtol=0, atol=1e-12)
    pd.testing.assert_frame_equal(in_chunks(nine.stream(), samples, 4000), expected, atol=1e-5)


def delays(stream, samples):
    """How long after its quarter of a second each row comes out, hearing 1 ms at a time."""
    late = []
    for stop in range(16, len(samples), 16):
        late += [
            stop / 16000 - (time + 0.25) for time in stream.add(samples[stop - 16 : stop]).index
        ]
    return late


def test_rows_come_out_when_promised(model, mfcc_model):
    stream = model.stream()
    assert stream.delay == 0.0125
    late = delays(stream, speech(3.0))
    assert len(late) == 11
    np.testing.assert_allclose(late, 0.005, atol=1e-9)  # the last frame's end, as documented
    stream = mfcc_model.stream()
    assert stream.delay == 2.0525
    late = delays(stream, speech(4.0))
    assert len(late) == 8
    assert 1.9 < min(late) <= max(late) <= stream.delay


def test_what_comes_later_changes_nothing(model):
    samples = speech(4.0)
    changed = np.concatenate([samples[:32080], -3 * samples[32080:]])  # after 2.005 s
    before, after = (model.predict(sound, 16000) for sound in (samples, changed))
    pd.testing.assert_frame_equal(before.loc[:1.75], after.loc[:1.75], rtol=0, atol=1e-6)
    assert (before.loc[2.0:] != after.loc[2.0:]).all(axis=None)


def test_rows_carry_the_time_of_the_rating(model):
    delayed = dataclasses.replace(model, annotation_delay=2.0)
    samples = speech(2.0)
    predicted = delayed.predict(samples, 16000)
    assert list(predicted.index) == [2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75]
    assert predicted.index.name == "time"
    np.testing.assert_array_equal(predicted, model.predict(samples, 16000))
    streamed = in_chunks(delayed.stream(), samples, 5000)
    np.testing.assert_array_equal(streamed.index, predicted.index)


def test_wav2vec2_predicts_from_the_features_of_a_run(with_extractor, tiny_checkpoint, tmp_path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, speech(7.3), 16000, subtype="FLOAT")
    settings = EncoderIdentity("tiny", None, window=3.0, overlap=1.0, dtype="float32")
    extractor = EncoderFeatures(read_checkpoint(str(tiny_checkpoint)), settings, "tiny")
    (features_tf,) = extract_features({"a": path}, extractor, 4.0, tmp_path).values()
    model = with_extractor(extractor)
    expected_tk = predict(model.weights["a"], features_tf / 2, len(features_tf))
    predicted = model.predict(speech(7.3), 16000)
    np.testing.assert_allclose(predicted, expected_tk, rtol=0, atol=1e-6)
    of_file = pd.concat(model.rows(lambda: audio_blocks(path), path))
    pd.testing.assert_frame_equal(of_file, predicted, rtol=0, atol=1e-6)
    with pytest.raises(FeatureError, match=r"an encoder hears 30 s at a time.* use a run with"):
        model.stream()


@pytest.mark.parametrize(
    ("samples", "rate", "said"),
    [
        (np.zeros(16000), 16000, "the samples: silence, all samples are 0; check"),
        (np.full(16000, 0.25), 8000, None),
        (speech(0.1), 16000, r"0.1 s of audio are shorter than a row of 0.25 s"),
        (np.empty(0), 16000, r"0 s of audio are shorter than a row of 0.25 s"),
        (speech(1.0), 100, "the sample rate is 100 Hz; it has to lie between 1000 and 768000"),
        (np.full(16000, np.nan), 16000, "NaN or infinite samples, the first at 0.000 s"),
        (np.zeros((16000, 2)), 16000, r"the shape \(16000, 2\)"),
        (np.zeros(16000, np.int16), 16000, "the kind int16"),
        (speech(1.0) * 1e25, 16000, "the samples: samples of up to .* have no finite energy"),
    ],
)
def test_what_is_no_recording(model, samples, rate, said):
    if said is None:  # a constant rings at its ends once it is resampled, so it is no silence
        assert len(model.predict(samples, rate)) == 8
        return
    with pytest.raises((AudioError, FeatureError), match=said) as raised:
        model.predict(samples, rate)
    assert "\n" not in str(raised.value)


def test_a_stream_reports_faults_with_their_place(model):
    stream = model.stream(8000)
    stream.add(speech(1.0))
    with pytest.raises(AudioError, match=r"the first at 2.125 s"):
        stream.add(np.concatenate([np.zeros(1000), [np.nan]]))
    with pytest.raises(AudioError, match=r"the shape \(3, 1\)"):
        stream.add(np.zeros((3, 1)))
    with pytest.raises(AudioError, match="the sample rate is 0 Hz"):
        model.stream(0)


def test_a_stream_that_is_finished(model):
    stream = model.stream()
    assert list(stream.add(np.empty(0)).columns) == list(model.columns)
    stream.add(speech(0.3))
    assert len(stream.finish()) == 1
    for call in (stream.finish, lambda: stream.add(speech(0.3))):
        with pytest.raises(AudioError, match="the stream is finished; begin another one"):
            call()


def test_silence_in_a_stream_is_no_error(model):
    rows = in_chunks(model.stream(), np.zeros(16000), 4000)
    assert len(rows) == 4
    assert np.isfinite(rows).all(axis=None)
